/** Stops of the real command: at once, in the middle of a training and of an evaluation, and with no child left. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const argv = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx'), main]
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stops-'))
  writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(400))
  writeFileSync(
    join(folder, 'x.yaml'),
    `name: x
engine: wasm
jobs: 1
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 1280, batchSize: 4 }
evaluation: { steps: [1000], samples: 512, likelihoodRows: 8, likelihoodDraws: 2, latencyRepeats: 1 }
models: [{ name: masked, paradigm: masked-diffusion }]
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

type End = { code: number | null; err: string; ms: number }
/** Sends the signal when `moment` matches what was said; everything that it started must close the shared stderr. */
function stopped(command: string[], signal: NodeJS.Signals, moment: RegExp): Promise<End> {
  const child: ChildProcess = spawn(process.execPath, [...argv, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((resolve) => {
    let [err, sent] = ['', 0]
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text
      if (sent > 0 || !moment.test(err)) return
      sent = performance.now()
      child.kill(signal)
    })
    child.on('close', (code) => resolve({ code, err, ms: performance.now() - sent }))
  })
}
const statusOf = (path: string): unknown =>
  JSON.parse(readFileSync(join(folder, path, 'status.json'), 'utf8')).state
const compare = (out: string): string[] => [
  'compare',
  '-c',
  join(folder, 'x.yaml'),
  '--out',
  join(folder, out),
  '--progress',
  'json',
]

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s within a training is a stop',
  { timeout: 60_000 },
  async (signal) => {
    const long = ['--set', 'training.tokens=100000000', '--progress', 'json']
    const out = join(folder, signal)
    const end = await stopped(
      ['train', '-c', join(folder, 'x.yaml'), '--out', out, ...long],
      signal,
      /training: /,
    )
    expect(end).toMatchObject({
      code: 128 + constants.signals[signal],
      err: expect.stringMatching(/interrupted/),
    })
    expect(statusOf(join(signal, 'models', 'masked'))).toBe('interrupted')
  },
)

it('a stop within the evaluation of a comparison ends its workers', { timeout: 120_000 }, async () => {
  const end = await stopped(compare('evaluated'), 'SIGTERM', /evaluating 1 model[\s\S]*"what":"likelihood"/)
  expect(end).toMatchObject({ code: 143, err: expect.stringMatching(/interrupted/) })
  expect(statusOf('evaluated')).toBe('interrupted')
})
