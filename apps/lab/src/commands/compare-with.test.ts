/** Several experiments in one report, through the real command in a folder of its own. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../cli.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const argv = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx'), main, 'compare']

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-with-'))
  for (const name of ['first', 'second'])
    writeFileSync(
      join(folder, `${name}.yaml`),
      `name: ${name}
engine: cpu
dataset: { type: language, name: chain, length: 8 }
evaluation: { samples: 8 }
models: []
oracle: { samplers: [{ type: ancestral, steps: 2 }, { type: ancestral, steps: 4 }] }
`,
    )
})
afterAll(() => rmSync(folder, { recursive: true }))

it('each runs in its own directory, and one report holds both', { timeout: 120_000 }, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...argv, '-c', 'first.yaml', '--with', 'second.yaml', '--report', 'both', '--json'],
    { cwd: folder },
  )
  const { directory, results, report } = JSON.parse(stdout) as Record<string, string> & { results: string[] }
  expect(directory).toBe('both')
  expect(results.map((path) => path.split('/').slice(0, 2).join('/'))).toEqual(['runs/first', 'runs/second'])
  const page = readFileSync(join(folder, report), 'utf8')
  for (const name of ['first', 'second']) expect(page).toContain(name)
  expect(readdirSync(join(folder, 'runs')).sort()).toEqual(['first', 'second'])
})

it.each([
  [['--report', 'both'], /--report is for several experiments/],
  [['--with', 'second.yaml', '--out', 'x'], /--out names a place for one experiment/],
  [['--with', 'second.yaml', '--save', 'x.json'], /--save names a place for one experiment/],
  [['--with', 'missing.yaml'], /missing\.yaml/],
])('refuses %s before anything runs', async (options, message) => {
  let err = ''
  const code = await runCli(
    [
      'compare',
      '-c',
      join(folder, 'first.yaml'),
      ...options.map((o) => (o.endsWith('.yaml') ? join(folder, o) : o)),
    ],
    { stdout: { write() {} }, stderr: { write: (text: string) => void (err += text) } },
  )
  expect(code).toBe(2)
  expect(err).toMatch(message)
  expect(err.trim()).not.toContain('\n')
  expect(existsSync(join(folder, 'x'))).toBe(false)
})
