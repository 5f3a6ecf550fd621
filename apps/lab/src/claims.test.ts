/** What docs/results keeps of the claims: figures are rebuilt from it, and it says what the docs say. */
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readResults } from '@trivium/experiments/run'
import { figures } from '@trivium/report'
import type { MetricName } from '@trivium/schema'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../../../docs/results/', import.meta.url))
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))

const claim = (name: string) => readResults(`${folder}${name}.json`).results

/** The point of a kept result whose id begins so: 'records-ar/mtp'. */
const pointOf = (name: string, id: string) => {
  const found = claim(name).points.find((point) => point.id.startsWith(id))
  if (found === undefined) throw new Error(`${name}.json has no point ${id}…`)
  return found
}
const valueOf = (name: string, id: string, metric: MetricName): number =>
  pointOf(name, id).quality.find((one) => one.name === metric)?.value ?? Number.NaN

describe('docs/results', () => {
  it.each(files)('%s is small, whole, without samples, and figures are rebuilt from it', (file) => {
    const { results } = readResults(folder + file)
    expect(statSync(folder + file).size).toBeLessThan(1_000_000)
    expect(results.samples).toEqual([])
    expect(results.name).toBe(file.replace('.json', ''))
    expect(results.provenance.gitDirty).toBe(false)
    expect(results.partial).toBeUndefined()
    expect(figures(results).length).toBeGreaterThan(0)
  })

  it('order: more steps of low confidence collapse, while random order falls to the floor', () => {
    const results = claim('order')
    const value = (id: string, name: MetricName): number =>
      [...results.points, ...results.baselines]
        .find((source) => source.id === id)
        ?.quality.find((metric) => metric.name === name)?.value ?? Number.NaN
    const kl = (id: string): number => value(`oracle/${id}`, 'transition-kl')
    // Reported of such a language: .26 → .66, and .0285 → .0002 at the floor.
    const near = (found: number, reported: number): void =>
      expect(Math.abs(found / reported - 1)).toBeLessThan(0.1)
    near(kl('low-confidence-4'), 0.26)
    near(kl('low-confidence-64'), 0.66)
    near(kl('random-4'), 0.0285)
    expect(kl('random-64')).toBeLessThan(2 * value('held-out', 'transition-kl'))
    // What looks like success on likelihood alone.
    expect(value('oracle/low-confidence-64', 'oracle-gap')).toBeLessThan(-0.5)
    expect(results.wallSeconds).toBeLessThan(120)
  })

  it('planning: masked diffusion solves what random order and AR do not, and continuous diffusion most of it', () => {
    const accuracy = (id: string): number => valueOf('planning', id, 'accuracy')
    expect(accuracy('masked/low-confidence-36')).toBeGreaterThanOrEqual(0.8)
    expect(accuracy('masked/threshold-0.99')).toBeGreaterThanOrEqual(0.78)
    expect(pointOf('planning', 'masked/threshold-0.99').nfe).toBeLessThanOrEqual(15)
    expect(accuracy('masked/random-36')).toBeLessThanOrEqual(0.05)
    expect(accuracy('ar/ar')).toBeLessThan(0.1)
    expect(accuracy('continuous/ddim-36')).toBeGreaterThan(0.6)
    expect(claim('planning').provenance.seeds).toEqual([1, 2, 3])
  })

  it('parallel: a record in one forward, 20 tokens and more, without an error', () => {
    const value = (id: string, metric: MetricName): number => valueOf('parallel', id, metric)
    expect(value('records-masked/low-confidence-1', 'accuracy')).toBeGreaterThanOrEqual(0.99)
    expect(value('records-masked/low-confidence-1', 'tokens-per-forward')).toBeGreaterThan(20)
    expect(value('records-continuous/ddim-1', 'accuracy')).toBeGreaterThanOrEqual(0.99)
    // As good, one after the other, or a few by its own drafts.
    expect(value('records-ar/ar', 'accuracy')).toBeGreaterThanOrEqual(0.99)
    expect(value('records-ar/mtp', 'tokens-per-forward')).toBeLessThan(5)
  })

  it('parallel-sizes: one forward takes a quarter of cached AR alone and half of speculative AR, at every size', () => {
    const alone = (id: string): number =>
      pointOf('parallel-sizes', id).latency.find(({ batch }) => batch === 1)?.p50 ?? Number.NaN
    for (const size of ['tiny', 'small', 'base']) {
      const masked = `masked-${size}/low-confidence-1`
      expect(valueOf('parallel-sizes', masked, 'accuracy')).toBeGreaterThanOrEqual(0.99)
      expect(alone(masked)).toBeLessThanOrEqual(0.25 * alone(`ar-${size}/ar`))
      expect(alone(masked)).toBeLessThanOrEqual(0.5 * alone(`ar-${size}/mtp`))
    }
    // The forwards that AR's time buys are fewer, the more texts are written at once.
    const tie = (model: string, at: number): number =>
      claim('parallel-sizes').breakEven?.find((one) => one.model === model && one.batch === at)?.nfe ??
      Number.NaN
    for (const size of ['tiny', 'small', 'base'])
      expect(tie(`masked-${size}`, 64)).toBeLessThan(tie(`masked-${size}`, 1) / 2)
  })

  it('revision: as many repairs at as many breaks in a few forwards, where AR takes one a character and spares clean text', () => {
    const rate = (id: string, metric: MetricName): number => valueOf('revision', id, metric)
    const [ar, edit] = ['correction-ar/ar', 'sotu-masked-edit/edit-0.5']
    expect(rate(edit, 'repair-rate')).toBeGreaterThanOrEqual(rate(ar, 'repair-rate'))
    expect(rate(edit, 'break-rate')).toBeLessThan(1.1 * rate(ar, 'break-rate'))
    expect(rate(edit, 'false-edit-rate')).toBeGreaterThan(5 * rate(ar, 'false-edit-rate'))
    expect(pointOf('revision', edit).nfe).toBeLessThan(3)
    expect(pointOf('revision', ar).nfe).toBe(64)
  })

  it('infill: both sides are worth most to diffusion, and the right one to AR that may choose', () => {
    const both = (id: string): number => valueOf('infill', id, 'accuracy')
    const left = (id: string): number => valueOf('infill-left', id, 'accuracy')
    for (const id of ['sotu-masked/low-confidence-16', 'sotu-continuous/ddim-16'])
      expect(both(id)).toBeGreaterThan(2 * left(id))
    // What cannot read the right side writes the same, whether it is there or not.
    expect(both('sotu-ar/ar')).toBe(left('sotu-ar/ar'))
    expect(both('sotu-ar/best-of-16')).toBeGreaterThan(both('sotu-masked/low-confidence-16'))
    expect(both('sotu-masked/low-confidence-16')).toBeGreaterThan(both('sotu-ar/ar'))
  })

  it('steps: a solver of order 2 needs half of the steps, a student a quarter', () => {
    const divergence = (id: string): number => valueOf('steps', id, 'js-4')
    const within = 0.02 // half an interval
    expect(divergence('teacher/dpm-solver++-16')).toBeLessThan(divergence('teacher/ddim-32') + within)
    expect(divergence('student/renoise-4')).toBeLessThan(divergence('teacher/ddim-16') + within)
  })

  it('likelihood: AR leads, and continuous diffusion is within .15 bits of masked diffusion', () => {
    const bits = (model: string): number =>
      claim('likelihood').metrics.find((one) => one.model === model)?.value ?? Number.NaN
    expect(bits('sotu-continuous') - bits('sotu-masked')).toBeLessThan(0.15)
    expect(bits('sotu-ar')).toBeLessThan(bits('sotu-masked') - 0.5)
  })

  it('adaptive: the harder the puzzle, the more forwards, where a sampler may choose', () => {
    const { points } = claim('adaptive')
    const rho = points.flatMap(({ quality }) => quality.filter((m) => m.name === 'nfe-difficulty'))
    expect(rho).toHaveLength(points.length - 1)
    for (const { ci95 } of rho) expect(ci95?.[0]).toBeGreaterThan(0.3)
  })
})
