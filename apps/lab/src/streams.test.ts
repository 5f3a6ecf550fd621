/** Whoever reads the progress may leave at any time: the work goes on, and its end is told in status.json. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const argv = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx'), main]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streams-'))
  writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(100))
  writeFileSync(
    join(folder, 'x.yaml'),
    `name: x
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 1280, batchSize: 4 }
models: [{ name: ar, paradigm: autoregressive }]
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

type Stdio = ('ignore' | 'pipe' | number)[]
/** Trains with a line of progress a step, at least. */
function train(out: string, stdio: Stdio): ChildProcess {
  const command = ['train', '-c', join(folder, 'x.yaml'), '--progress', 'json', '--out', join(folder, out)]
  return spawn(process.execPath, [...argv, ...command], { stdio })
}
const endOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on('close', (code) => resolve(code)))
const stateOf = (out: string): string =>
  (JSON.parse(readFileSync(join(folder, out, 'models', 'ar', 'status.json'), 'utf8')) as { state: string })
    .state

it.concurrent('a training whose progress nobody reads any more finishes', async () => {
  const child = train('closed', ['ignore', 'pipe', 'pipe'])
  child.stderr?.destroy()
  let out = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  expect(await endOf(child)).toBe(0)
  expect(out).toMatch(/closed\/models\/ar\/checkpoints\/last\n$/)
  expect(stateOf('closed')).toBe('finished')
})

// /dev/full answers every write with ENOSPC; only Linux has it.
it.runIf(existsSync('/dev/full'))(
  'a training whose log is on a full disk finishes too',
  { concurrent: true },
  async () => {
    const child = train('full-log', ['ignore', 'ignore', openSync('/dev/full', 'w')])
    expect(await endOf(child)).toBe(0)
    expect(stateOf('full-log')).toBe('finished')
  },
)
