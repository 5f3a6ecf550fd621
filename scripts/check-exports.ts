/**
 * @file Whether the tools of others read what we write: TensorBoard the event files of a run, `every-eval-ever` the exported
 * records. `pnpm check:exports`; it needs Python ≥ 3.12 with venv, and PyPI.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readJsonLines } from '@trivium/files'
import { runCli } from '../apps/lab/src/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'check-exports-'))
const venv = join('node_modules', '.cache', 'check-exports')
const python = join(venv, 'bin', 'python')
if (!existsSync(python)) {
  execFileSync(newestPython(), ['-m', 'venv', venv], { stdio: 'inherit' })
  const install = ['-m', 'pip', 'install', '--quiet']
  execFileSync(
    python,
    [...install, 'tensorboard', 'jsonschema', 'pydantic', 'rich<15', 'pyyaml', 'requests'],
    {
      stdio: 'inherit',
    },
  )
  // Its validator needs none of the plotting and data packages that its converters do.
  execFileSync(python, [...install, '--no-deps', 'every-eval-ever'], { stdio: 'inherit' })
}

/** The first that is at least 3.12. */
function newestPython(): string {
  const found = ['python3.14', 'python3.13', 'python3.12', 'python3'].find((name) => {
    try {
      const check = 'import sys; sys.exit(sys.version_info < (3, 12))'
      execFileSync(name, ['-c', check], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error('there is no Python of 3.12 or later here')
  return found
}

writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(200))
writeFileSync(
  join(folder, 'x.yaml'),
  `name: exported
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 6400, batchSize: 4 }
evaluation: { steps: [4], samples: 8, likelihoodRows: 16, likelihoodDraws: 2, judgeOrder: 3, latencyRepeats: 1 }
models:
  - { name: ar, paradigm: autoregressive }
  - { name: masked, paradigm: masked-diffusion, samplers: [{ type: low-confidence, steps: 4 }] }
`,
)
const run = join(folder, 'run')
async function cli(...argv: string[]): Promise<void> {
  const code = await runCli(argv, { stdout: process.stdout, stderr: process.stderr })
  if (code !== 0) throw new Error(`trivium ${argv[0]} ended with ${code}`)
}
await cli('compare', '-c', join(folder, 'x.yaml'), '--out', run, '--progress', 'none')
const records = join(folder, 'records')
await cli('export', run, '--format', 'eee', '--out', records)

const reader = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
out = {}
for place in sys.argv[1:]:
    events = EventAccumulator(place, size_guidance={'tensors': 0, 'histograms': 0, 'scalars': 0})
    events.Reload()
    tags = events.Tags()
    out[place] = {
        'scalars': {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags['scalars']},
        'texts': {tag: [v.decode() for e in events.Tensors(tag) for v in e.tensor_proto.string_val] for tag in tags['tensors']},
        'histograms': {tag: [e.histogram_value.num for e in events.Histograms(tag)] for tag in tags['histograms']},
    }
print(json.dumps(out))
`
type Board = {
  scalars: Record<string, [step: number, value: number][]>
  texts: Record<string, string[]>
  histograms: Record<string, number[]>
}
const model = join(run, 'models', 'masked')
const samples = join(run, 'tensorboard', 'masked')
const text = execFileSync(python, ['-W', 'ignore', '-c', reader, model, samples], { encoding: 'utf8' })
const boards = JSON.parse(text.slice(text.indexOf('{'))) as Record<string, Board>

const lines = readJsonLines(readFileSync(join(model, 'metrics.jsonl'), 'utf8')) as {
  step: number
  loss: number
}[]
const losses = boards[model].scalars['loss, nats a token'] ?? []
const close = losses.every(
  ([step, value], i) => step === lines[i].step && Math.abs(value - lines[i].loss) < 1e-5,
)
const { texts, histograms } = boards[samples]
const files = readdirSync(records, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.json'),
)
const checks: [string, boolean][] = [
  [
    `TensorBoard reads ${losses.length} losses, those of metrics.jsonl`,
    losses.length === lines.length && losses.length > 1 && close,
  ],
  [
    `TensorBoard reads the texts of ${Object.keys(texts).length} point`,
    Object.values(texts).flat().join('').includes('    '),
  ],
  [
    'TensorBoard reads a histogram of 16 confidences for each step',
    Object.values(histograms)
      .flat()
      .every((n) => n > 0 && n <= 16) && Object.values(histograms).flat().length >= 4,
  ],
  [`every-eval-ever validates ${files.length} records`, validates(files)],
]
for (const [what, met] of checks) process.stdout.write(`${met ? 'ok    ' : 'MISSED'} ${what}\n`)
const all = checks.every(([, met]) => met)
if (all) rmSync(folder, { recursive: true, force: true })
process.exit(all ? 0 : 1)

function validates(paths: readonly string[]): boolean {
  try {
    execFileSync(resolve(python), ['-m', 'every_eval_ever.validate', ...paths], {
      cwd: records,
      stdio: 'inherit',
    })
    return paths.length === 2
  } catch {
    return false
  }
}
