/** What docs/results keeps of the claims: figures are rebuilt from it, and it says what the docs say. */
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readResults } from '@trivium/experiments/run'
import { figures } from '@trivium/report'
import type { MetricName } from '@trivium/schema'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../../../docs/results/', import.meta.url))
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))

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
    const { results } = readResults(`${folder}order.json`)
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

  it('parallel: a record in one forward, 20 tokens and more, without an error', () => {
    const { results } = readResults(`${folder}parallel.json`)
    const value = (id: string, name: MetricName): number =>
      results.points.find((point) => point.id.startsWith(id))?.quality.find((m) => m.name === name)?.value ??
      Number.NaN
    expect(value('records-masked/low-confidence-1', 'accuracy')).toBeGreaterThanOrEqual(0.99)
    expect(value('records-masked/low-confidence-1', 'tokens-per-forward')).toBeGreaterThan(20)
    // As good, one after the other, or a few by its own drafts.
    expect(value('records-ar/ar', 'accuracy')).toBeGreaterThanOrEqual(0.99)
    expect(value('records-ar/mtp', 'tokens-per-forward')).toBeLessThan(5)
  })

  it('revision: as many repairs at as many breaks in a few forwards, where AR takes one a character and spares clean text', () => {
    const { results } = readResults(`${folder}revision.json`)
    const point = (id: string) => results.points.find((one) => one.id.startsWith(id))
    const rate = (id: string, name: MetricName): number =>
      point(id)?.quality.find((metric) => metric.name === name)?.value ?? Number.NaN
    const [ar, edit] = ['correction-ar/ar', 'sotu-masked-edit/edit-0.5']
    expect(rate(edit, 'repair-rate')).toBeGreaterThanOrEqual(rate(ar, 'repair-rate'))
    expect(rate(edit, 'break-rate')).toBeLessThan(1.1 * rate(ar, 'break-rate'))
    expect(rate(edit, 'false-edit-rate')).toBeGreaterThan(5 * rate(ar, 'false-edit-rate'))
    expect(point(edit)?.nfe).toBeLessThan(3)
    expect(point(ar)?.nfe).toBe(64)
  })

  it('infill: both sides are worth most to diffusion, and the right one to AR that may choose', () => {
    const accuracy = (file: string, id: string): number =>
      readResults(folder + file)
        .results.points.find((point) => point.id.startsWith(id))
        ?.quality.find(({ name }) => name === 'accuracy')?.value ?? Number.NaN
    const [both, left] = ['infill.json', 'infill-left.json']
    for (const id of ['sotu-masked/low-confidence-16', 'sotu-continuous/ddim-16'])
      expect(accuracy(both, id)).toBeGreaterThan(2 * accuracy(left, id))
    // What cannot read the right side writes the same, whether it is there or not.
    expect(accuracy(both, 'sotu-ar/ar')).toBe(accuracy(left, 'sotu-ar/ar'))
    expect(accuracy(both, 'sotu-ar/best-of-16')).toBeGreaterThan(
      accuracy(both, 'sotu-masked/low-confidence-16'),
    )
    expect(accuracy(both, 'sotu-masked/low-confidence-16')).toBeGreaterThan(accuracy(both, 'sotu-ar/ar'))
  })

  it('adaptive: the harder the puzzle, the more forwards, where a sampler may choose', () => {
    const { results } = readResults(`${folder}adaptive.json`)
    const rho = results.points.flatMap(({ quality }) => quality.filter((m) => m.name === 'nfe-difficulty'))
    expect(rho).toHaveLength(results.points.length - 1)
    for (const { ci95 } of rho) expect(ci95?.[0]).toBeGreaterThan(0.3)
  })
})
