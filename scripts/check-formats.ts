/**
 * @file Whether the tools that our formats are for read them: TensorBoard's own EventAccumulator the scalars of a training, the
 * schema of PyPI's every-eval-ever the export. Part of `pnpm check:long`: it needs python3 and a package index, which
 * nothing else here does.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCli } from '../apps/lab/src/cli.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const venv = join(root, '.cache', 'formats')
const python = join(venv, 'bin', 'python')
const run = (file: string, ...argv: string[]): string =>
  execFileSync(file, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

if (!existsSync(python)) {
  mkdirSync(venv, { recursive: true })
  run('python3', '-m', 'venv', venv)
}
run(python, '-m', 'pip', 'install', '--quiet', 'tensorboard==2.20.0', 'jsonschema==4.25.1')
// Its code asks for a newer Python than many have; what is wanted is the schema in it.
const wheel = ['--quiet', '--no-deps', '--only-binary=:all:', '--python-version', '3.12', '--dest', venv]
run(python, '-m', 'pip', 'download', ...wheel, 'every-eval-ever==0.3.0')

const folder = mkdtempSync(join(tmpdir(), 'formats-'))
writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(200))
const experiment = join(folder, 'x.yaml')
writeFileSync(
  experiment,
  `name: x
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 6400, batchSize: 4 }
models: [{ name: ar, paradigm: autoregressive }]
`,
)
await cli('train', '-c', experiment, '--out', join(folder, 'run'))
await cli('export', join(root, 'docs/results/order.json'), '--format', 'eee', '--out', join(folder, 'eee'))
const model = join(folder, 'run', 'models', 'ar')
const checked = run(python, join(root, 'scripts/formats/check.py'), venv, join(folder, 'eee'), model)
process.stdout.write(checked)
rmSync(folder, { recursive: true })
process.exit(0)

async function cli(...argv: string[]): Promise<void> {
  const code = await runCli([...argv, '--progress', 'none'])
  if (code !== 0) process.exit(code)
}
