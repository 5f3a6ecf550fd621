import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { runCli } from '../cli.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'validate-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function validate(...files: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runCli(['validate', ...files], {
    stdout: { write: (text: string) => void (out += text) },
    stderr: { write: (text: string) => void (err += text) },
  })
  return { code, out, err }
}
const inRepository = (path: string): string => join(repository, path)
function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

it('tells what each good file is', async () => {
  const pairs = Array.from({ length: 200 }, (_, i) =>
    JSON.stringify({ prompt: `${i}+1=`, answer: `${i + 1}` }),
  )
  const examples = written('pairs.jsonl', pairs.join('\n'))
  const files = [
    'configs/claims/order.yaml',
    'baselines/smoke.json',
    'docs/results/order.json',
    'checkpoints/sotu-ar',
  ]
  const { code, out, err } = await validate(...files.map(inRepository), examples)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out.split('\n').map((line) => line.replace(/^(\w+) +\S+ +/, '$1 '))).toEqual([
    "ok experiment 'order': 0 models, 0 references",
    expect.stringMatching(/^ok baseline of 'smoke', accepted by .+: /),
    expect.stringMatching(/^ok results kept of 'order': 1 models, \d+ points$/),
    expect.stringMatching(/^ok checkpoint: autoregressive, step \d+ of \d+$/),
    expect.stringMatching(/^ok examples, sha256 [0-9a-f]{12}…$/),
    '',
  ])
}, 60_000)

it('a bad one is one line of its own, and the exit code is 2', async () => {
  mkdirSync(join(folder, 'empty'))
  const bad = [
    written('x.yaml', 'name: x\nmodls: []\n'),
    written('torn.json', '{"schemaVersion": 3,'),
    written('bad.jsonl', 'nonsense\n'),
    written('x.txt', ''),
    join(folder, 'empty'),
    join(folder, 'nowhere'),
  ]
  const { code, out, err } = await validate(inRepository('docs/results/order.json'), ...bad)
  expect(code).toBe(2)
  expect(err).toMatch(/^error: 6 of 7 files are not valid, first: [^\n]*x\.yaml:[^\n]*\n$/)
  const lines = out.trim().split('\n')
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['ok', 'bad', 'bad', 'bad', 'bad', 'bad', 'bad'])
})
