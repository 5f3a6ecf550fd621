import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeJson } from '@trivium/files'
import { experimentConfigSchema, RuntimeFailure } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LoadedConfig } from './config.ts'
import { claimRun, openRun } from './runs.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runs-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const loaded = (changes: object = {}): LoadedConfig => ({
  path: 'x.yaml',
  text: 'name: x\n',
  config: experimentConfigSchema.parse({
    name: 'x',
    dataset: { name: 'sotu' },
    tokenizer: { type: 'char' },
    models: [{ name: 'ar', paradigm: 'autoregressive' }],
    ...changes,
  }),
})
const statusOf = (directory: string): unknown =>
  JSON.parse(readFileSync(join(directory, 'status.json'), 'utf8'))
const done = async (): Promise<{ finished: boolean }> => ({ finished: true })
const noon = new Date('2026-01-31T12:00:00.123Z')
const later = new Date('2026-01-31T12:00:05Z')

it('makes a folder by time and hash, and finds it again', () => {
  const first = openRun(loaded(), { root }, noon)
  expect(first).toMatch(/x\/20260131T120000Z-[0-9a-f]{8}$/)
  expect(readFileSync(join(first, 'config.input.yaml'), 'utf8')).toBe('name: x\n')
  expect(openRun(loaded(), { root }, later)).toBe(first)
  expect(openRun(loaded({ evaluation: { samples: 3 } }), { root }, later)).toBe(first)
  expect(openRun(loaded({ seed: 2 }), { root }, later)).not.toBe(first)
  const fresh = openRun(loaded(), { root, fresh: true }, later)
  expect(fresh).not.toBe(first)
  expect(openRun(loaded(), { root }, later)).toBe(fresh)
})

it('refuses a folder with another experiment, though its hash stands behind a byte-order mark', () => {
  const out = join(root, 'here')
  expect(openRun(loaded(), { out })).toBe(out)
  expect(() => openRun(loaded({ seed: 9 }), { out })).toThrow(/holds another experiment/)
  writeFileSync(join(out, 'config.resolved.json'), `\ufeff${JSON.stringify({ hash: 'another' })}`)
  expect(() => openRun(loaded(), { out })).toThrow(/holds another experiment \(hash another/)
})

it('one work at a time: in a run, and in a folder that it works in beside its own', async () => {
  const [run, model] = [join(root, 'run'), join(root, 'run', 'ar')]
  const both = claimRun(
    run,
    async () => {
      expect(statusOf(run)).toMatchObject({ state: 'running', pid: process.pid })
      await expect(claimRun(run, done)).rejects.toThrow(/is working in .*run;/)
      await expect(claimRun(model, done)).rejects.toThrow(/is working in .*ar;/)
      await expect(claimRun(join(root, 'run', 'other'), done, { also: [model] })).rejects.toThrow(
        /is working in/,
      )
      expect(existsSync(join(root, 'run', 'other', 'status.json'))).toBe(false)
      return { finished: true }
    },
    { also: [model] },
  )
  await both
  await claimRun(model, done)
  expect(statusOf(model)).toMatchObject({ state: 'finished' })
})

it('finds what an earlier version left, by what its config means and not by its hash', () => {
  const old = join(root, 'x', '20250101T000000Z-0badcafe')
  const { config } = loaded()
  // An option that came later is missing in it.
  const { ema: _, ...training } = config.training
  // And a setting of its evaluation is gone.
  const evaluation = { ...config.evaluation, bootstrap: 1000 }
  writeJson(join(old, 'config.resolved.json'), {
    hash: '0badcafe',
    config: { ...config, training, evaluation },
  })
  expect(openRun(loaded(), { root }, noon)).toBe(old)
  expect(openRun(loaded({ seed: 2 }), { root }, noon)).not.toBe(old)
})

it('takes a model more or fewer into a folder, and names those whose settings differ', () => {
  const out = join(root, 'here')
  const ar = { name: 'ar', paradigm: 'autoregressive' }
  const masked = { name: 'masked', paradigm: 'masked-diffusion' }
  openRun(loaded(), { out })
  openRun(loaded({ models: [ar, masked] }), { out })
  openRun(loaded({ models: [ar] }), { out })
  // What was asked for before is not forgotten.
  const other = { ...masked, options: { schedule: 'cosine' } }
  expect(() => openRun(loaded({ models: [ar, other] }), { out })).toThrow(
    /holds another experiment \(hash [0-9a-f]{8}, this one [0-9a-f]{8}\): the settings of masked differ; choose/,
  )
  expect(() => openRun(loaded({ models: [other] }), { out })).toThrow(/settings of masked differ/)
  expect(() => openRun(loaded({ models: [{ ...ar, name: 'b' }] }), { out })).toThrow(/another experiment/)
})

it('leaves the end of the work in status.json', async () => {
  await claimRun(root, async () => ({ finished: false }))
  expect(statusOf(root)).toMatchObject({ state: 'interrupted' })
  await claimRun(root, done)
  expect(statusOf(root)).toMatchObject({ state: 'finished' })
  const fail = async (): Promise<never> => Promise.reject(new RuntimeFailure('the disk is full'))
  await expect(claimRun(root, fail)).rejects.toThrow('the disk is full')
  expect(statusOf(root)).toMatchObject({ state: 'failed', message: 'the disk is full' })
  await expect(claimRun(root, fail, { signal: AbortSignal.abort() })).rejects.toThrow('the disk is full')
  expect(statusOf(root)).toMatchObject({ state: 'interrupted' })
})

it.each([
  ['null', null],
  ['a list', [{ hash: 'another' }]],
])('takes %s in config.resolved.json for nothing', (_, value) => {
  writeJson(join(root, 'config.resolved.json'), value)
  expect(openRun(loaded(), { out: root })).toBe(root)
})
