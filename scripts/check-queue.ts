/**
 * @file 24 trials over three workers on a real Redis, one worker killed in a training, Redis killed and started again: every result
 * is there, each once, and all are those of the same sweep in this machine's own processes. `pnpm check:queue`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readResults } from '@trivium/experiments/run'
import type { Results } from '@trivium/schema'
import { runCli } from '../apps/lab/src/cli.ts'
import { redisMissing, startRedis } from '../packages/experiments/src/queue/testing.ts'

const missing = redisMissing()
if (missing !== null) throw new Error(missing)
const folder = mkdtempSync(join(tmpdir(), 'check-queue-'))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong and free. '.repeat(200))
writeFileSync(
  join(folder, 'x.yaml'),
  `name: queued
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 48000, batchSize: 4, checkpointEverySteps: 200 }
evaluation: { samples: 8, likelihoodRows: 16, judgeOrder: 3 }
models: [{ name: ar, paradigm: autoregressive }]
`,
)
const axes = [
  '--grid',
  '+training.learningRate=1e-3,3e-3,1e-2',
  '--grid',
  'training.ema=0,0.5,0.9,0.99',
  '--seeds',
  '2',
]

async function sweep(out: string, ...more: string[]): Promise<Results> {
  const argv = ['sweep', '-c', join(folder, 'x.yaml'), '--out', out, '--progress', 'none', ...axes, ...more]
  const code = await runCli(argv, { stdout: { write() {} }, stderr: process.stderr })
  if (code !== 0) throw new Error(`the sweep ended with ${code}`)
  return readResults(out).results
}

type WorkerHandle = { readonly child: ChildProcess; readonly lines: string[] }
const workers: WorkerHandle[] = []
function startWorker(url: string, of: string): void {
  const main = ['--conditions=@trivium/source', '--import', 'tsx', 'apps/lab/src/main.ts']
  const argv = ['worker', '--queue', url, '--folder', join(folder, of), '--progress', 'none']
  const child = spawn(process.execPath, [...main, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
  const lines: string[] = []
  child.stderr.on('data', (text: Buffer) => lines.push(...text.toString().split('\n').filter(Boolean)))
  workers.push({ child, lines })
}

/** Kills a worker in the midst of a training, once a few are done. */
async function killOne(): Promise<void> {
  for (;;) {
    const done = workers.flatMap(({ lines }) => lines.filter((line) => line.startsWith('done: '))).length
    const busy = workers.find(({ lines }) => lines.at(-1)?.startsWith('train: '))
    if (done >= 3 && busy !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      if (!busy.lines.at(-1)?.startsWith('train: ')) continue
      busy.child.kill('SIGKILL')
      say(`killed a worker in '${busy.lines.at(-1)}' after ${done} jobs`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const redis = await startRedis()
let met = false
try {
  for (const of of ['a', 'b', 'c']) startWorker(redis.url, of)
  const disturbed = (async () => {
    await killOne()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await redis.restart()
    say('killed Redis and started it again')
  })()
  const remote = await sweep(join(folder, 'remote'), '--queue', redis.url)
  await disturbed
  const near = await sweep(join(folder, 'near'))
  const figures = ({ models, metrics, points }: Results): unknown => ({
    models: models.map(({ id, checkpointSha256 }) => ({ id, checkpointSha256 })),
    metrics,
    points: points.map((point) => ({ ...point, latency: [] })),
  })
  const trainings = readdirSync(join(folder, 'remote', 'models'))
  const evaluations = readdirSync(join(folder, 'remote', 'evaluation')).filter((name) => name.includes('@'))
  const done = workers.flatMap(({ lines }) => lines.filter((line) => line.startsWith('done: ')))
  const equal = JSON.stringify(figures(remote)) === JSON.stringify(figures(near))
  say(
    `${trainings.length} trainings, ${evaluations.length} evaluations, ${done.length} jobs done, equal to the local sweep: ${equal}`,
  )
  met = trainings.length === 24 && evaluations.length === 24 && done.length === 48 && equal
} finally {
  for (const { child } of workers) child.kill('SIGKILL')
  await redis.stop()
  if (met) rmSync(folder, { recursive: true, force: true })
}
say(met ? 'ok' : `MISSED; see ${folder}`)
process.exit(met ? 0 : 1)
