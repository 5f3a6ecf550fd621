/**
 * @file The check of kills: a small comparison of three models is killed (SIGKILL) at moments drawn from a seed and started again,
 * until so many kills are through; every run that came to its end must have the weights and results of one that was never
 * disturbed, and no worker may outlive a kill by 5 s. Linux only, since it finds workers in /proc.
 * Part of `pnpm check:long`; `tsx scripts/check-kills.ts 7 20` takes another seed and 20 kills.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRng } from '@trivium/random'

const [seed = 1, kills = 60] = process.argv.slice(2).map(Number)
const log = (line: string): void => void process.stdout.write(`${line}\n`)

const models = ['ar', 'masked', 'continuous']
/** Among the samplers is one whose forwards depend on the text. */
const experiment = `name: kills
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 32 }
training: { tokens: 51200, batchSize: 8, checkpointEverySteps: 10 }
evaluation: { samples: 32, steps: [16], likelihoodRows: 16, likelihoodDraws: 8, latencyRepeats: 8, judgeOrder: 3 }
models:
  - { name: ar, paradigm: autoregressive }
  - { name: masked, paradigm: masked-diffusion, samplers: [{ type: ancestral, steps: 16 }] }
  - { name: continuous, paradigm: continuous-diffusion, samplers: [{ type: ddim, steps: 16 }] }
`
const stages: Readonly<Record<string, RegExp>> = {
  report: /writing the report/,
  latency: /timing every point/,
  evaluate: /evaluating \d/,
  train: /training \d/,
}

/** What a clock, the command line or a commit made meanwhile says. */
const circumstances = new Set([
  'createdAt',
  // Of the file, these included.
  'sha256',
  'wallSeconds',
  'trainingSeconds',
  'loadMs',
  'firstInferenceMs',
  'latency',
  // Forwards that would take as long as AR does: a ratio of times.
  'breakEven',
  'seconds',
  'tMs',
  'argv',
  'gitSha',
  'gitDirty',
])

/** Every process that the check started has this in its environment, its workers' workers too. */
const mark = `TRIVIUM_CHECK_KILLS=${randomUUID()}`
const main = fileURLToPath(new URL('../apps/lab/src/main.ts', import.meta.url))
const flags = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx'), main]

const folder = mkdtempSync(join(tmpdir(), 'check-kills-'))
writeFileSync(
  join(folder, 'text.txt'),
  'the state of our union is strong and the people know it '.repeat(200),
)
writeFileSync(join(folder, 'x.yaml'), experiment)

const start = performance.now()
const reference = await attempt('reference', null)
if (reference.code !== 0) throw new Error(`the undisturbed run failed: ${reference.err}`)
const wall = performance.now() - start
const expected = outcomeOf('reference')

const rng = createRng(seed)
const killedIn = new Map<string, number>()
let [done, tries, runs, wrong, longest] = [0, 0, 0, 0, 0]
for (let name = nextRun(); ; ) {
  // Less than the whole: a run that goes on has less to do.
  const after = done < kills ? rng.fork(tries++).uniform() * 0.6 * wall : null
  const { code, err, killed } = await attempt(name, after)
  if (killed) {
    done++
    const stage = Object.keys(stages).find((known) => stages[known].test(err)) ?? 'before training'
    killedIn.set(stage, (killedIn.get(stage) ?? 0) + 1)
    longest = Math.max(longest, await secondsUntilAlone())
    continue
  }
  const differs = code === 0 ? differenceOf(expected, outcomeOf(name)) : `exit code ${code}, ${err.trim()}`
  if (differs !== null) {
    wrong++
    log(`DIFFERS ${name}: ${differs}`)
  }
  if (done >= kills) break
  name = nextRun()
}
rmSync(folder, { recursive: true })
const tally = [...killedIn].map(([stage, n]) => `${n} in ${stage}`).join(', ')
log(
  `${done} kills (${tally}), seed ${seed}: ${runs} runs came to their end, ${wrong} of them differ; workers lived ${longest.toFixed(1)} s at most`,
)
process.exit(wrong === 0 && longest <= 5 ? 0 : 1)

function nextRun(): string {
  return `run-${++runs}`
}

type Attempt = { readonly code: number | null; readonly err: string; readonly killed: boolean }
/** The comparison as a process of its own, killed after so many ms unless it ends before. */
function attempt(name: string, killAfter: number | null): Promise<Attempt> {
  const [key, value] = mark.split('=')
  const argv = ['compare', '-c', join(folder, 'x.yaml'), '--out', join(folder, name), '--progress', 'plain']
  const child: ChildProcess = spawn(process.execPath, [...flags, ...argv], {
    env: { ...process.env, [key]: value },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const timer = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  return new Promise((resolve) =>
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, err, killed: signal === 'SIGKILL' })
    }),
  )
}

/** Waits until no process of ours is left, 30 s at most. */
async function secondsUntilAlone(): Promise<number> {
  const from = performance.now()
  const seconds = (): number => (performance.now() - from) / 1000
  while (someLeft() && seconds() < 30) await new Promise((resolve) => setTimeout(resolve, 50))
  return seconds()
}

function someLeft(): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
    } catch {
      // It has ended meanwhile, or is somebody else's.
      return false
    }
  })
}

type Outcome = { readonly weights: Record<string, string>; readonly results: unknown }
function outcomeOf(name: string): Outcome {
  const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(folder, name, ...path), 'utf8'))
  const weights = models.flatMap((model) =>
    ['last', 'best'].map((which) => {
      const { files } = read('models', model, 'checkpoints', which, 'manifest.json') as {
        files: Record<string, { sha256: string }>
      }
      return [`${model}/${which}`, files['model.safetensors'].sha256]
    }),
  )
  return { weights: Object.fromEntries(weights), results: withoutCircumstances(read('results.json')) }
}

function withoutCircumstances(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCircumstances)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, of]) =>
      circumstances.has(key) ? [] : [[key, withoutCircumstances(of)]],
    ),
  )
}

/** The note that says the same ratios in words. */
function timed(value: unknown): boolean {
  return typeof value === 'string' && value.includes('(NFE*')
}

/** Where two outcomes differ first; null when they do not. */
function differenceOf(a: unknown, b: unknown, path = ''): string | null {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object')
    return a === b || (timed(a) && timed(b)) ? null : `${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const differs = differenceOf(
      (a as Record<string, unknown>)[key],
      (b as Record<string, unknown>)[key],
      `${path}/${key}`,
    )
    if (differs !== null) return differs
  }
  return null
}
