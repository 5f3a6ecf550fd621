/**
 * @file The check of bad inputs: a small run is made once, its files are damaged in ways drawn from a seed, and a command reads
 * each. It either does its work or says in one line what is wrong; a stack trace or a surprise fails the check.
 * Part of `pnpm check:long`; `tsx scripts/check-inputs.ts 7 50` takes another seed and 50 cases a kind. Some minutes.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRng } from '@trivium/random'
import { runCli } from '../apps/lab/src/cli.ts'
import { examples, experiment, kinds } from './inputs/kinds.ts'

const [seed = 1, cases = 20] = process.argv.slice(2).map(Number)
const log = (line: string): void => void process.stdout.write(`${line}\n`)

type Outcome = { readonly code: number; readonly err: string }
async function cli(argv: readonly string[]): Promise<Outcome> {
  let err = ''
  const write = (text: string): void => void (err += text)
  const code = await runCli([...argv, '--progress', 'none'], { stdout: { write() {} }, stderr: { write } })
  return { code, err }
}

/** Done, or refused in a line of its own that no programming error wrote. */
function isClean({ code, err }: Outcome): boolean {
  const last = err.trimEnd().split('\n').at(-1) ?? ''
  return code === 0 || ((code === 1 || code === 2) && /^error: (?!.*\(unexpected; )/.test(last))
}

const root = mkdtempSync(join(tmpdir(), 'check-inputs-'))
// Always the same place, which is part of what a run is known by.
const folder = join(root, 'case')
const whole = join(root, 'whole')
writeTree(folder)
const made = await cli(['compare', '-c', join(folder, 'x.yaml'), '--out', join(folder, 'run')])
if (made.code !== 0) throw new Error(`the run to be damaged was not made: ${made.err}`)
cpSync(folder, whole, { recursive: true })

let surprises = 0
for (const { name, damage, argv } of kinds) {
  const codes = new Map<number, number>()
  for (let i = 0; i < cases; i++) {
    rmSync(folder, { recursive: true })
    cpSync(whole, folder, { recursive: true })
    const note = damage(folder, createRng(seed).fork(name, i))
    const outcome = await cli(argv(folder))
    codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1)
    if (!isClean(outcome)) {
      surprises++
      log(`SURPRISE ${name} ${i}, ${note}: exit code ${outcome.code}, ${outcome.err.trim()}`)
    }
  }
  const tally = [...codes].sort(([a], [b]) => a - b).map(([code, n]) => `${n} ended with ${code}`)
  log(`${name}: ${tally.join(', ')}`)
}
rmSync(root, { recursive: true })
log(`${kinds.length * cases} damaged files of ${kinds.length} kinds, seed ${seed}: ${surprises} surprises`)
// An engine may keep threads alive.
process.exit(surprises === 0 ? 0 : 1)

function writeTree(folder: string): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(100))
  writeFileSync(join(folder, 'examples.jsonl'), examples)
  writeFileSync(join(folder, 'x.yaml'), experiment)
  writeFileSync(
    join(folder, 'examples.yaml'),
    experiment
      .replace('{ name: file, path: text.txt }', '{ type: examples, path: examples.jsonl }')
      .replace('type: char', 'type: byte'),
  )
}
