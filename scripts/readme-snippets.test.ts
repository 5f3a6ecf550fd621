/** @file Every snippet of a README and every example runs as it stands, in a process of its own. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { readmesOf, snippetsOf } from './readme-snippets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
// The root depends on every package, so every import of a snippet resolves from there.
const cache = join(root, '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'snippets-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href
const run = (file: string, ...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, ['--conditions=@trivium/source', '--import', tsx, file, ...args], {
    // Whose node_modules hold every package, the checkpoints included.
    cwd: root,
    timeout: 60_000,
  })

describe('snippets', () => {
  const snippets = readmesOf(root).flatMap((file) => snippetsOf(root, file))

  it.concurrent.each(snippets.map((s) => [`${s.file}:${s.line}`, s] as const))(
    '%s',
    async (_, { file, line, code }) => {
      const path = join(folder, `${file.replaceAll(/\W/g, '-')}-${line}.ts`)
      writeFileSync(path, code)
      await run(path)
    },
  )

  it.concurrent('a snippet that throws is noticed', async () => {
    const path = join(folder, 'throws.ts')
    writeFileSync(path, "const x: string = 'three roads'\nthrow new Error(x)\n")
    await expect(run(path)).rejects.toThrow(/three roads/)
  })
})

describe('examples', () => {
  it.concurrent.each([
    ['train-masked.ts', ['1024'], /step 2 of 2: \d\.\d\d nats\nthe captain said .{24} and the whale/],
    ['oracle-sampling.ts', [], /^1 steps: 0\.\d+ nats from the language in 1 forwards\n/],
    ['compare-samplers.ts', [], /^ancestral: judge-bits \d.*\nlow-confidence: judge-bits \d/],
  ] as const)('%s', async (name, args, expected) => {
    const { stdout } = await run(join(root, 'examples', name), ...args)
    expect(stdout).toMatch(expected)
  })
})
