/** What is done with finished runs: listed, held against each other, exported. On a result that the repository keeps. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listRuns } from '@trivium/experiments/run'
import { lockFolder } from '@trivium/files'
import type { Results } from '@trivium/schema'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../cli.ts'

const kept = fileURLToPath(new URL('../../../../docs/results/order.json', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'runs-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
const other = join(folder, 'other.json')
beforeAll(() => {
  const results = JSON.parse(readFileSync(kept, 'utf8')) as Results
  results.points.shift()
  for (const { quality } of results.points)
    for (const metric of quality) {
      metric.value += 0.01
      if (metric.ci95 !== null) metric.ci95 = [metric.ci95[0] + 0.01, metric.ci95[1] + 0.01]
    }
  writeFileSync(other, JSON.stringify(results))
})

async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runCli(argv, {
    stdout: { write: (text: string) => void (out += text) },
    stderr: { write: (text: string) => void (err += text) },
  })
  return { code, out, err }
}

it('compares finished runs figure by figure, paired where the units are the same', async () => {
  const { code, out } = await cli('compare', kept, other)
  expect(code).toBe(0)
  const lines = out.trim().split('\n')
  expect(lines[0]).toBe(`${other} − ${kept}`)
  expect(lines.slice(2).every((line) => / 0\.01( \[|\*| |$)/.test(line))).toBe(true)
  expect(lines.some((line) => / 0\.01 \[.*\]\* +paired$/.test(line))).toBe(true)
  const [{ differences }] = JSON.parse((await cli('compare', kept, other, '--json')).out) as [
    { differences: { of: string }[] },
  ]
  expect(differences).toHaveLength(lines.length - 2)
  const first = (JSON.parse(readFileSync(kept, 'utf8')) as Results).points[0].id
  expect(differences.map(({ of }) => of)).not.toContain(first)
})

it('exports every figure once, in each format', async () => {
  const { points } = JSON.parse(readFileSync(kept, 'utf8')) as Results
  const figures = points.reduce((sum, { quality }) => sum + quality.length, 0)
  const csv = (await cli('export', kept, '--format', 'csv')).out.trim().split('\r\n')
  expect(csv[0]).toMatch(/^model,paradigm,point,.*,value,ci95_low,ci95_high,stderr,n,bound$/)
  expect(csv).toHaveLength(1 + figures)

  const out = join(folder, 'out')
  const place = (await cli('export', kept, '--format', 'eee', '--out', out)).out.trim()
  expect(place.slice(out.length)).toMatch(
    /^\/data\/order\/trivium\/oracle\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\.json$/,
  )
  const record = JSON.parse(readFileSync(place, 'utf8')) as {
    evaluation_results: { score_details: { score: number } }[]
  }
  expect(record.evaluation_results).toHaveLength(figures)
  expect(record.evaluation_results[0].score_details.score).toBe(points[0].quality[0].value)

  await cli('export', kept, '--format', 'lm-eval', '--out', out)
  const [file] = readdirSync(join(out, 'oracle'))
  expect(file).toMatch(/^results_\d{4}-[\d-]+T[\d-]+\.\d+Z\.json$/)
  const harness = JSON.parse(readFileSync(join(out, 'oracle', file), 'utf8')) as {
    results: Record<string, Record<string, unknown>>
    versions: Record<string, number>
  }
  const tasks = Object.values(harness.results)
  expect(tasks.flatMap((task) => Object.keys(task).filter((key) => !/alias|stderr/.test(key)))).toHaveLength(
    figures,
  )
  expect(Object.keys(harness.versions)).toEqual(Object.keys(harness.results))
})

it('lists runs with how far they came; one that was killed counts as interrupted', () => {
  const run = (name: string, status: object): string => {
    const directory = join(folder, 'runs', 'x', name)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'status.json'), JSON.stringify(status))
    return directory
  }
  const at = (minute: number): string => `2026-01-01T00:0${minute}:00.000Z`
  const alive = run('b', { state: 'running', updatedAt: at(2) })
  run('a', { state: 'running', updatedAt: at(3) })
  run('c', { state: 'failed', updatedAt: at(1), message: 'the disk is full' })
  mkdirSync(join(folder, 'runs', 'x', 'none'))
  writeFileSync(join(folder, 'runs', 'stray'), '')
  const lock = lockFolder(alive)
  const listed = listRuns(join(folder, 'runs'))
  lock.release()
  expect(listed.map(({ directory, state }) => [directory.slice(-1), state])).toEqual([
    ['c', 'failed'],
    ['b', 'running'],
    ['a', 'interrupted'],
  ])
  expect(listed[0]).toMatchObject({ name: 'x', message: 'the disk is full', models: [] })
  expect(listRuns(join(folder, 'nowhere'))).toEqual([])
})

it.each([
  [['compare', kept], /name a second run/],
  [['compare', kept, other, '-c', 'x.yaml'], /give one of the two/],
  [['compare', kept, 'nowhere'], /the results nowhere cannot be read/],
  [['export', kept], /--format is missing; use one of csv, eee, lm-eval/],
  [['export', kept, '--format', 'xml'], /'xml' is invalid/],
  [['export', kept, '--format', 'eee'], /--out is missing/],
  [['export', kept, '--format', 'eee', '--out', kept], /cannot be a folder/],
])('%j is one line', async (argv, wanted) => {
  const { code, out, err } = await cli(...argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(wanted)
  expect(err).toMatch(/^error: [^\n]*\n$/)
})
