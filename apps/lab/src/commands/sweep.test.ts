/** A sweep through real worker processes: its trials, one report, and a folder that is nobody else's. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readResults } from '@trivium/experiments/run'
import { lockFolder } from '@trivium/files'
import { afterAll, expect, it } from 'vitest'
import { runCli } from '../cli.ts'
import { cli, type Outcome } from '../testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'sweep-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(100))
const config = join(folder, 'x.yaml')
writeFileSync(
  config,
  `name: x
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 640, batchSize: 4 }
evaluation: { samples: 2, likelihoodRows: 4, judgeOrder: 3 }
models: [{ name: ar, paradigm: autoregressive }]
`,
)
const run = join(folder, 'run')

const sweep = (...more: string[]): Promise<Outcome> =>
  cli('sweep', '-c', config, '--out', run, '--progress', 'none', ...more)

it('trains every trial with every seed and tells of all in one report; again it costs nothing', async () => {
  const axes = ['--grid', '+training.learningRate=1e-3', '--seeds', '2']
  const first = await sweep(...axes)
  expect(first.err).toBe(`run: ${run}\ntraining 2 models\nevaluating 2 models\nwriting the report\n`)
  expect(first).toMatchObject({ code: 0, out: `${join(run, 'report.html')}\n` })
  const { results } = readResults(run)
  const names = ['ar-learningrate-0.001']
  expect(results.models.map(({ id }) => id)).toEqual(names)
  expect(readdirSync(join(run, 'models')).sort()).toEqual(names.flatMap((name) => [`${name}@1`, `${name}@2`]))
  expect(results.metrics.map(({ model, items }) => [model, items?.values.length])).toEqual(
    names.map((name) => [name, 2]),
  )
  expect(results.provenance).toMatchObject({ seeds: [1, 2], engine: expect.stringMatching(/^wasm/) })
  expect(results.points.every(({ latency }) => latency.length === 0)).toBe(true)
  expect((await sweep(...axes)).err).toBe(`run: ${run}\nwriting the report\n`)

  // Another sweep, and the same while somebody works there.
  expect(await sweep('--grid', '+training.learningRate=1e-4')).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /^error: [^\n]*run holds another experiment [^\n]*; choose another --out[^\n]*\n$/,
    ),
  })
  const held = lockFolder(run)
  expect(await sweep(...axes)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: process \d+ is working in [^\n]*run; wait for it[^\n]*\n$/),
  })
  held.release()
}, 180_000)

it('a grid with an unknown key is one line, and nothing is written', async () => {
  const before = readdirSync(folder)
  expect(await sweep('--grid', 'training.tokns=1,2')).toEqual({
    code: 2,
    out: '',
    err: "error: --grid training.tokns=1: there is no such key; did you mean 'tokens'?; use --grid +training.tokns=1 to add it\n",
  })
  expect(readdirSync(folder)).toEqual(before)
})

it.each([
  [
    'redis://:secret@127.0.0.1:1',
    /^error: there is no Redis at redis:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\); [^\n]*\n$/,
  ],
  ['127.0.0.1:6379', /^error: the queue [^\n]*is no address of Redis; wanted is redis:[^\n]*\n$/],
])('a queue at %s is one line, for a sweep and for a worker, and nothing is written', async (url, wanted) => {
  const before = readdirSync(folder)
  expect(await sweep('--grid', 'training.ema=0', '--out', join(folder, 'new'), '--queue', url)).toMatchObject(
    {
      code: 2,
      err: expect.stringMatching(wanted),
    },
  )
  let err = ''
  const argv = ['worker', '--queue', url, '--folder', join(folder, 'worker')]
  const stderr = { write: (text: string) => void (err += text) }
  expect(await runCli(argv, { stdout: { write() {} }, stderr })).toBe(2)
  expect(err.split('\n').at(-2)).toMatch(/^error: /)
  expect(err).not.toContain('secret')
  expect(readdirSync(folder)).toEqual(before)
})
