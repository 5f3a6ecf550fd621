/** A training that ends at its time, and goes on from its folder alone, wherever that went. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runCli } from '../cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'train-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'x.yaml')
writeFileSync(
  config,
  `name: x
engine: wasm
dataset: { type: task, name: addition }
model: { depth: 1, width: 16 }
training: { tokens: 100000000, batchSize: 4 }
models: [{ name: ar, paradigm: autoregressive }]
`,
)

type Outcome = { code: number; out: string; err: string }
async function train(...more: string[]): Promise<Outcome> {
  let [out, err] = ['', '']
  const code = await runCli(['train', '--progress', 'none', '--json', ...more], {
    stdout: { write: (text: string) => void (out += text) },
    stderr: { write: (text: string) => void (err += text) },
  })
  return { code, out, err }
}
const outcomeOf = ({ out }: Outcome): { finished: boolean; step: number; checkpoint: string } =>
  JSON.parse(out)

/** Trains for the shortest of times that lets it take a step beyond `from`: a busy machine needs some to begin. */
async function trainBeyond(from: number, ...argv: string[]): Promise<ReturnType<typeof outcomeOf>> {
  for (let minutes = 0.03; ; minutes *= 2) {
    const ended = await train(...argv, '--max-minutes', String(minutes))
    expect(ended).toMatchObject({
      code: 0,
      err: expect.stringMatching(/its time is over at step \d+; the same command goes on/),
    })
    const outcome = outcomeOf(ended)
    expect(outcome.finished).toBe(false)
    if (outcome.step > from) return outcome
  }
}

it('stops at its time with a checkpoint, and goes on from the folder after a move', async () => {
  const [first, moved] = [join(folder, 'first'), join(folder, 'moved')]
  const { step, checkpoint } = await trainBeyond(0, '-c', config, '--out', first)
  expect(existsSync(join(checkpoint, 'manifest.json'))).toBe(true)
  renameSync(first, moved)
  const rest = await trainBeyond(step, '--out', moved, '--resume')
  expect(rest.checkpoint).toBe(checkpoint.replace(first, moved))
}, 120_000)

it.each([
  [
    ['--out', join(folder, 'nothing')],
    /nothing holds no run: there is no whole config\.resolved\.json; name an experiment/,
  ],
  [['-c', config, '--until', '25:00'], /--until 25:00 is no time of day/],
  [['-c', config, '--until', '10:00', '--max-minutes', '5'], /give one of the two/],
  [['-c', config, '--max-minutes', '0'], /'0' is invalid.*above 0/],
])('%j is one line', async (argv, wanted) => {
  const { code, out, err } = await train(...argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(wanted)
  expect(err).toMatch(/^error: [^\n]*\n$/)
})
