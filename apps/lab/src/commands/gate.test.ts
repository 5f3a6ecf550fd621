/** The gate as a command, on a result that is kept in the repository. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sealed } from '@trivium/experiments/run'
import type { GateBaseline, Results } from '@trivium/schema'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { cli } from '../testing.ts'

const kept = fileURLToPath(new URL('../../../../docs/results/order.json', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'gate-command-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  vi.stubEnv('GITHUB_STEP_SUMMARY', '')
  vi.stubEnv('GITHUB_ACTOR', 'ada')
})
afterEach(() => vi.unstubAllEnvs())

const place = (name: string): string => join(folder, name)
const baseline = place('baseline.json')
const accept = (run = kept): ReturnType<typeof cli> =>
  cli('baseline', 'accept', run, '--baseline', baseline, '--reason', 'first')

/** The kept results with a change. */
function changed(name: string, change: (results: Results) => void): string {
  const results = JSON.parse(readFileSync(kept, 'utf8')) as Results
  change(results)
  writeFileSync(place(name), JSON.stringify(results))
  return place(name)
}
/** Twice the divergence on every row. */
const worse = (results: Results): void => {
  const { quality } = results.points[0]
  const kl = quality.findIndex(({ name }) => name === 'transition-kl')
  const { value, ci95, items, ...rest } = quality[kl]
  if (ci95 === null || items === undefined) throw new Error('it has no interval')
  quality[kl] = {
    ...rest,
    value: 2 * value,
    ci95: [ci95[0] + value, ci95[1] + value],
    items: { ...items, values: items.values.map((row) => row.map((v) => v + value)) as typeof items.values },
  }
}

it('accepts with who, when and why, and then passes', async () => {
  expect(await accept()).toMatchObject({ code: 0, out: `${baseline}\n`, err: 'accepted by ada: first\n' })
  expect(JSON.parse(readFileSync(baseline, 'utf8'))).toMatchObject({
    history: [{ by: 'ada', reason: 'first', at: expect.stringMatching(/^\d{4}-/) }],
    results: { samples: [], training: [] },
  })
  const summary = place('summary.md')
  vi.stubEnv('GITHUB_STEP_SUMMARY', summary)
  const { code, out, err } = await cli('gate', kept, '--baseline', baseline, '--out', place('out'))
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^## Gate: order\n[\s\S]*Nothing is worse/)
  expect(readFileSync(summary, 'utf8')).toBe(out)
  expect(readdirSync(place('out')).sort()).toEqual([
    'benchmark-bigger.json',
    'benchmark-smaller.json',
    'gate.json',
    'gate.md',
    'junit.xml',
  ])
})

it('a divergence that doubled is exit code 3, or what the environment says', async () => {
  await accept()
  const run = changed('worse.json', worse)
  const { code, err } = await cli('gate', run, '--baseline', baseline)
  expect(code).toBe(3)
  expect(err).toMatch(
    /^error: 1 of \d+ figures are worse than in [^\n]*, first transition-kl of oracle\/[^\n]*\n$/,
  )
  expect((await cli('gate', run, '--baseline', baseline, '--tolerance', 'transition-kl=1.5')).code).toBe(0)
  vi.stubEnv('TRIVIUM_GATE_EXIT_CODE', '0')
  expect((await cli('gate', run, '--baseline', baseline)).code).toBe(0)
  vi.stubEnv('TRIVIUM_GATE_EXIT_CODE', 'soft')
  expect(await cli('gate', run, '--baseline', baseline)).toMatchObject({
    code: 2,
    err: "error: TRIVIUM_GATE_EXIT_CODE is 'soft'; wanted is a whole number from 0 to 255\n",
  })
})

it('a new baseline keeps the history of the old', async () => {
  await accept()
  const then = JSON.parse(readFileSync(baseline, 'utf8')) as GateBaseline
  await cli('baseline', 'accept', kept, '--baseline', baseline, '--reason', 'again')
  const { history } = JSON.parse(readFileSync(baseline, 'utf8')) as GateBaseline
  expect(history.map(({ reason }) => reason)).toEqual([...then.history.map(({ reason }) => reason), 'again'])
})

it('what does not compare is one line and exit code 2', async () => {
  await accept()
  const lacking = changed('lacking.json', ({ points }) => void points[0].quality.pop())
  const other = place('other.json')
  const suite2 = JSON.parse(readFileSync(baseline, 'utf8').replaceAll('@1', '@2')) as GateBaseline
  writeFileSync(other, JSON.stringify({ ...suite2, results: sealed(suite2.results) }))
  const text = readFileSync(baseline, 'utf8')
  const cheated = place('cheated.json')
  writeFileSync(cheated, text.replace('"nfe": 64', '"nfe": 65'))
  const torn = place('torn.json')
  writeFileSync(torn, text.slice(0, 300))
  const sold = changed('sold.json', (results) => {
    const { nfe } = sealed(results).points[0]
    Object.assign(results, { sha256: sealed(results).sha256 })
    results.points[0].nfe = nfe - 1
  })
  const empty = changed('empty.json', (results) =>
    Object.assign(results, { points: [], metrics: [], samples: [] }),
  )
  const named = changed('named.json', (results) => void (results.name = 'other'))
  const partial = changed('partial.json', (results) => void (results.partial = '--limit 1'))
  const cases: [string[], RegExp][] = [
    [['gate', lacking, '--baseline', baseline], /do not compare: the run lacks \S+ of oracle/],
    [['gate', partial, '--baseline', baseline], /do not compare: the run is partial/],
    [
      ['gate', sold, '--baseline', baseline],
      /sold\.json was edited: it does not match its sha256; restore it/,
    ],
    [['gate', empty, '--baseline', baseline], /do not compare: the run lacks the point/],
    [['gate', kept, '--baseline', cheated], /cheated\.json was edited/],
    [['gate', kept, '--baseline', torn], /torn\.json is not JSON/],
    [['baseline', 'accept', empty, '--baseline', baseline, '--reason', 'x'], /holds no figure/],
    [
      ['baseline', 'accept', named, '--baseline', baseline, '--reason', 'x'],
      /is the baseline of order, not of other/,
    ],
    [['baseline', 'accept', kept, '--baseline', torn, '--reason', 'x'], /torn\.json is not JSON/],
    [['gate', kept], /--baseline is missing/],
    [['gate', kept, '--baseline', place('none.json')], /none\.json cannot be read \(ENOENT\)/],
    [['gate', kept, '--baseline', kept], /order\.json is not valid/],
    [['gate', kept, '--baseline', baseline, '--tolerance', 'jugde-bits=1'], /did you mean 'judge-bits'/],
    [['gate', kept, '--baseline', baseline, '--tolerance', 'nfe=-1'], /wanted is a share from 0 up/],
    [['gate', 'nowhere', '--baseline', baseline], /the results nowhere cannot be read/],
    [['baseline', 'accept', kept, '--baseline', baseline], /--reason is missing/],
    [['baseline', 'accept', kept, '--baseline', baseline, '--reason', ' '], /a baseline needs a reason/],
    [['baseline', 'accept', partial, '--baseline', baseline, '--reason', 'x'], /is partial/],
    [['baseline', 'drop', kept], /'drop' is invalid/],
  ]
  const before = readFileSync(baseline, 'utf8')
  for (const [argv, wanted] of cases) {
    const { code, err } = await cli(...argv)
    expect({ code, err }, argv.join(' ')).toEqual({ code: 2, err: expect.stringMatching(wanted) })
    expect(err, argv.join(' ')).toMatch(/^error: [^\n]*\n$/)
  }
  expect(readFileSync(baseline, 'utf8')).toBe(before)
  const { code, err } = await cli('gate', kept, '--baseline', other)
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(/measured on markov@1, in the baseline on markov@2/),
  })
})
