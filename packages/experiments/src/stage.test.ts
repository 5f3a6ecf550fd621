import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@trivium/files'
import { InputError, RuntimeFailure } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { runStages, type Stage } from './stage.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stage-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

let ran: string[] = []
beforeEach(() => {
  ran = []
})
const stage = (name: string, key: unknown = 1): Stage<string> => ({
  name,
  key,
  schema: z.string(),
  run: async () => {
    ran.push(name)
    return `${name} ${JSON.stringify(key)}`
  },
})
const place = (name: string): string => join(directory, 'evaluation', `${name}.json`)

it('runs what is missing, together and announced, and keeps each result', async () => {
  await runStages([stage('b')], { directory })
  const begun: number[] = []
  const begin = (left: number): void => void begun.push(left)
  const all = [stage('a'), stage('b'), stage('c')]
  expect(await runStages(all, { directory, begin })).toEqual(['a 1', 'b 1', 'c 1'])
  expect({ ran, begun }).toEqual({ ran: ['b', 'a', 'c'], begun: [2] })
  expect(await runStages(all, { directory, begin })).toEqual(['a 1', 'b 1', 'c 1'])
  expect({ ran, begun }).toEqual({ ran: ['b', 'a', 'c'], begun: [2] })
})

it('runs again for another key, a torn file and a deleted one', async () => {
  await runStages([stage('a', { steps: [4] })], { directory })
  await runStages([stage('a', { steps: [8] })], { directory })
  truncateSync(place('a'), 20)
  await runStages([stage('a', { steps: [8] })], { directory })
  rmSync(place('a'))
  await runStages([stage('a', { steps: [8] })], { directory })
  expect(ran).toEqual(['a', 'a', 'a', 'a'])
})

it('runs again for what was edited into another shape, and reads past a byte-order mark', async () => {
  const stages = [stage('a')]
  await runStages(stages, { directory })
  const good = readFileSync(place('a'), 'utf8')
  writeFileSync(place('a'), `\ufeff${good}`)
  expect(await runStages(stages, { directory })).toEqual(['a 1'])
  expect(ran).toEqual(['a'])
  const { key } = JSON.parse(good) as { key: string }
  const edits = [null, [], 'x', { key }, { key, value: null }, { key, value: { bits: 1 } }]
  for (const edit of edits) {
    ran = []
    writeFileSync(place('a'), JSON.stringify(edit))
    expect(await runStages(stages, { directory })).toEqual(['a 1'])
    expect(ran, JSON.stringify(edit)).toEqual(['a'])
  }
})

it('refuses a kept value that was edited, in one line that says what to do', async () => {
  await runStages([stage('a')], { directory })
  writeFileSync(place('a'), readFileSync(place('a'), 'utf8').replace('a 1', 'a 2'))
  const failure = await runStages([stage('a')], { directory }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(InputError)
  expect((failure as Error).message).toMatch(
    /^[^\n]*evaluation\/a\.json was edited: [^\n]*; delete it to measure again$/,
  )
})

it('keeps nothing that could not be read again, and says which number it was', async () => {
  const lost: Stage<{ bits: number }> = {
    name: 'a',
    key: 1,
    schema: z.strictObject({ bits: z.number() }),
    run: async () => ({ bits: Number.NaN }),
  }
  const failure = await runStages([lost], { directory }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(RuntimeFailure)
  expect((failure as Error).message).toMatch(/evaluation\/a\.json cannot be written: bits: .*NaN$/)
})

it('reads what an earlier version kept', async () => {
  await runStages([stage('a')], { directory })
  const key = { evaluation: { samples: 2 }, seed: 1, candidate: { name: 'b', weights: 'ab' } }
  const kept = { key: sha256(JSON.stringify(key)), value: 'measured long ago' }
  writeFileSync(place('b'), JSON.stringify(kept))
  expect(await runStages([stage('b', key)], { directory })).toEqual(['measured long ago'])
})

it('keeps nothing of an interrupted stage, but what ended before it', async () => {
  const stop = new AbortController()
  const interrupted: Stage<string> = {
    name: 'b',
    key: 1,
    schema: z.string(),
    run: async (_, signal) => {
      stop.abort()
      return signal.aborted ? null : 'never'
    },
  }
  expect(await runStages([stage('a'), interrupted], { directory, signal: stop.signal })).toBeNull()
  expect(JSON.parse(readFileSync(place('a'), 'utf8'))).toMatchObject({ value: 'a 1' })
  expect(await runStages([stage('a')], { directory, signal: stop.signal })).toEqual(['a 1'])
  expect(await runStages([stage('b')], { directory, signal: stop.signal })).toBeNull()
  expect(ran).toEqual(['a'])
})
