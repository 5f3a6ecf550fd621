/** Trainings that stop in time, and that are gone on with from their folder alone. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastCheckpoint, modelDirectory } from '@trivium/experiments'
import { readManifest } from '@trivium/training/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cli as call, type Outcome } from '../testing.ts'

let folder = ''
const cli = (...argv: string[]): Promise<Outcome> => call(...argv, '--progress', 'plain')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deadline-'))
  writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(200))
  writeFileSync(
    join(folder, 'x.yaml'),
    `name: x
engine: wasm
dataset: { name: file, path: ${join(folder, 'text.txt')} }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 640000000, batchSize: 4, evalEverySteps: 1000000, checkpointEverySteps: 1000000 }
models: [{ name: ar, paradigm: autoregressive }]
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

it('stops in time with a checkpoint, and goes on from the folder alone after it was moved', async () => {
  const [first, moved] = [join(folder, 'first'), join(folder, 'moved')]
  const train = await cli('train', '-c', join(folder, 'x.yaml'), '--out', first, '--max-minutes', '0.1')
  const checkpoint = lastCheckpoint(modelDirectory(first, 'ar'))
  expect(train).toMatchObject({ code: 0, out: `${checkpoint}\n` })
  const { step } = readManifest(checkpoint)
  expect(train.err).toContain(
    `stopped in time: ar has a checkpoint of step ${step}; the same command goes on`,
  )
  expect(JSON.parse(readFileSync(join(first, 'models', 'ar', 'status.json'), 'utf8'))).toMatchObject({
    state: 'interrupted',
  })
  renameSync(first, moved)
  const again = await cli('train', '--resume', '--out', moved, '--max-minutes', '0.05', '--json')
  expect(again.code).toBe(0)
  expect(JSON.parse(again.out)).toMatchObject({ finished: false })
  expect(readManifest(lastCheckpoint(modelDirectory(moved, 'ar'))).step).toBeGreaterThan(step)
})

it.each<[string[], RegExp]>([
  [['--until', '25:00'], /'--until <HH:MM>'.*'25:00' is invalid\. Wanted: a local time of day, e\.g\. 06:30/],
  [['--max-minutes', '0'], /Wanted: minutes, above 0, up to 20000/],
  [['--max-minutes', '1', '--until', '6:30'], /--max-minutes and --until say two times; leave one out/],
  [['--resume', '--out', 'nowhere'], /nowhere is no run directory: it has no config\.resolved\.json/],
  [['--resume', '--out', 'nowhere', '--set', 'a=1'], /is gone on with as it is; leave --set/],
  [['--resume'], /--config is missing/],
])('train %j is one line and 2', async (flags, message) => {
  const { code, out, err } = await cli('train', ...flags)
  expect(err).toMatch(message)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})
