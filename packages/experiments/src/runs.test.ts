import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeJson } from '@trivium/files'
import { experimentConfigSchema, RuntimeFailure } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LoadedConfig } from './config.ts'
import { claimRun, openRun, readStatus, withStatus } from './runs.ts'

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

it('refuses a folder with another experiment or another process', () => {
  const out = join(root, 'here')
  expect(openRun(loaded(), { out })).toBe(out)
  expect(() => openRun(loaded({ seed: 9 }), { out })).toThrow(/holds another experiment/)
  writeJson(join(out, 'status.json'), { state: 'running', pid: process.ppid, updatedAt: '' })
  expect(() => claimRun(out)).toThrow(/is working in/)
  writeJson(join(out, 'status.json'), { state: 'finished', pid: process.ppid, updatedAt: '' })
  claimRun(out)
  expect(readStatus(out)).toMatchObject({ state: 'running', pid: process.pid })
})

it('finds what an earlier version left, by what its config means and not by its hash', () => {
  const old = join(root, 'x', '20250101T000000Z-0badcafe')
  const { config } = loaded()
  // An option that came later is missing in it.
  const { ema: _, ...training } = config.training
  writeJson(join(old, 'config.resolved.json'), { hash: '0badcafe', config: { ...config, training } })
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
  await withStatus(root, async () => ({ finished: false }))
  expect(readStatus(root)?.state).toBe('interrupted')
  await withStatus(root, async () => ({ finished: true }))
  expect(readStatus(root)?.state).toBe('finished')
  const failing = withStatus(root, async () => Promise.reject(new RuntimeFailure('the disk is full')))
  await expect(failing).rejects.toThrow('the disk is full')
  expect(readStatus(root)).toMatchObject({ state: 'failed', message: 'the disk is full' })
  writeFileSync(join(root, 'status.json'), '{"state":')
  expect(readStatus(root)).toBeNull()
})

it.each([
  ['null', null],
  ['a list', [{ state: 'running' }]],
  ['a status without a process', { state: 'running' }],
  ['a process group instead of a process', { state: 'running', pid: 0, updatedAt: '' }],
])('takes %s in status.json or config.resolved.json for nothing', (_, value) => {
  writeJson(join(root, 'status.json'), value)
  expect(readStatus(root)).toBeNull()
  claimRun(root)
  writeJson(join(root, 'config.resolved.json'), value)
  expect(openRun(loaded(), { out: root })).toBe(root)
})

it('reads both past a byte-order mark', () => {
  const marked = (name: string, value: unknown): void =>
    writeFileSync(join(root, name), `\ufeff${JSON.stringify(value)}`)
  marked('status.json', { state: 'running', pid: process.ppid, updatedAt: '' })
  expect(() => claimRun(root)).toThrow(/is working in/)
  marked('config.resolved.json', { hash: 'another' })
  expect(() => openRun(loaded(), { out: root })).toThrow(/holds another experiment \(hash another/)
})
