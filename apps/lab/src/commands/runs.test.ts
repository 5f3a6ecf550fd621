/** Runs as a person finds, compares and hands them on: `ls runs`, `compare RUN RUN`, `export`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig, openRun } from '@trivium/experiments/run'
import type { Results } from '@trivium/schema'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cli } from '../testing.ts'

const kept = fileURLToPath(new URL('../../../../docs/results/order.json', import.meta.url))
const order = fileURLToPath(new URL('../../../../configs/claims/order.yaml', import.meta.url))
const here = process.cwd()
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'))
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(here)
  rmSync(folder, { recursive: true })
})

function changed(name: string, change: (results: Results) => void): string {
  const results = JSON.parse(readFileSync(kept, 'utf8')) as Results
  change(results)
  writeFileSync(join(folder, name), JSON.stringify(results))
  return name
}

it('ls runs shows the latest first, what ended without a word, and passes over what is no run', async () => {
  expect(await cli('ls', 'runs')).toEqual({ code: 0, out: '', err: '' })
  const status = (directory: string, state: string, updatedAt: string): void =>
    writeFileSync(join(directory, 'status.json'), JSON.stringify({ state, pid: 1, updatedAt }))
  const loaded = loadConfig(order)
  const old = openRun(loaded, {}, new Date('2026-01-01'))
  status(old, 'running', '2026-01-01T00:00:00Z')
  const late = openRun(loaded, { out: 'runs/by-hand' })
  status(late, 'finished', '2026-01-02T00:00:00Z')
  writeFileSync(join(late, 'results.json'), readFileSync(kept))
  mkdirSync('runs/notes/deep', { recursive: true })
  writeFileSync('runs/a-file', '')
  const { code, out } = await cli('ls', 'runs', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual([
    expect.objectContaining({ directory: late, name: 'order', state: 'finished', results: 'results.json' }),
    expect.objectContaining({ directory: old, name: 'order', state: 'ended', results: '' }),
  ])
})

it('compare of two runs: paired differences, and what changed', async () => {
  const worse = changed('worse.json', ({ points }) => {
    const [metric] = points[0].quality
    const shift = metric.value
    if (metric.ci95 === null || metric.items === undefined) throw new Error('it has no interval')
    metric.value += shift
    metric.ci95 = [metric.ci95[0] + shift, metric.ci95[1] + shift]
    metric.items.values = metric.items.values.map((row) =>
      row.map((v) => v + shift),
    ) as typeof metric.items.values
    points.pop()
  })
  const { code, out, err } = await cli('compare', kept, worse)
  expect(code).toBe(0)
  expect(out).toMatch(/^number +first +second +difference +95% +paired +second is\n/)
  const rows = out.split('\n').filter((line) => line.endsWith('worse'))
  expect(rows).toEqual([expect.stringMatching(/^transition-kl of oracle\/low-confidence-4 .* yes +worse$/)])
  expect(err).toMatch(/^worse\.json: \d+ numbers stand in one of the two alone, or are of other sizes\n$/)
  const json = JSON.parse((await cli('compare', kept, worse, '--json')).out) as { rows: unknown[] }[]
  expect(json[0].rows.length).toBeGreaterThan(10)
})

it('export writes each format, and prints the files', async () => {
  for (const [format, count] of [
    ['csv', 1],
    ['eee', 1],
    ['lm-eval', 1],
  ] as const) {
    const { code, out } = await cli('export', kept, '--format', format, '--out', format)
    const files = out.trimEnd().split('\n')
    expect({ code, files: files.length }).toEqual({ code: 0, files: count })
    for (const file of files) expect(readFileSync(file, 'utf8').length).toBeGreaterThan(1000)
  }
})

it.each<[string[], RegExp]>([
  [['compare', kept], /alone has no difference; name two runs, or more/],
  [['compare', kept, kept, '-c', order], /leave --config out, or the runs/],
  [['compare', kept, 'nowhere'], /the results nowhere cannot be read \(ENOENT\)/],
  [['report', kept, kept, '--out', 'two'], /order\.json is named twice/],
  [['compare', '-c', order, '--save', `${kept}/x.json`], /cannot be a folder: .*order\.json is a file/],
  [['export', kept], /--format is missing; e\.g\. --format eee/],
  [['export', kept, '--format', 'xls'], /'xls' is invalid\. Allowed choices are eee, lm-eval, csv/],
  [['export', kept, '--format', 'csv', '--out', kept], /cannot be a folder: .*order\.json is a file/],
])('%j is one line and 2', async (argv, message) => {
  const { code, out, err } = await cli(...argv)
  expect(err).toMatch(message)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

it('runs of other data, or without a number in common, do not compare', async () => {
  const data = changed('data.json', ({ provenance }) => void (provenance.datasetSha256 = 'other'))
  expect(await cli('compare', kept, data)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: the runs do not compare: they are about different data/),
  })
  const none = changed('none.json', (results) => Object.assign(results, { points: [], samples: [] }))
  expect((await cli('compare', kept, none)).err).toMatch(/they share no number/)
})
