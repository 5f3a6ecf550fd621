import { createLanguage, type MarkovLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { type ControlId, metricTable } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { languageBaselines, languageMetrics } from './language-metrics.ts'

const draw = (type: 'markov' | 'chain' | 'blocks', n: number) => {
  const language = createLanguage({ type, vocabSize: 8, seed: 1 })
  const rows = Array.from({ length: n }, (_, i) => language.sample(createRng(3).fork(i), 32))
  return { language, rows }
}

describe('languageMetrics', () => {
  it('finds nothing wrong with true rows, and has transitions of Markov languages alone', () => {
    for (const type of ['markov', 'chain', 'blocks'] as const) {
      const { language, rows } = draw(type, 64)
      const found = new Map(languageMetrics(rows, language, 'x@1').map((m) => [m.name, m]))
      expect(found.get('sequence-errors')?.value).toBe(0)
      expect(found.get('token-errors')?.value).toBe(0)
      const [low, high] = found.get('oracle-gap')?.ci95 ?? [1, -1]
      expect(low).toBeLessThanOrEqual(1e-9)
      expect(high).toBeGreaterThanOrEqual(-1e-9)
      expect(found.has('transition-kl')).toBe(type !== 'blocks')
    }
  })
  it('counts impossible rows, and leaves the gap out where no row is possible', () => {
    const { language } = draw('blocks', 1)
    const bad = [Int32Array.from({ length: 32 }, (_, i) => i % 8)]
    const names = languageMetrics(bad, language, 'x@1').map(({ name }) => name)
    expect(names).toEqual(['token-errors', 'sequence-errors'])
  })
  it('gives the floor V(V−1)/2M for as many true rows', () => {
    const { language, rows } = draw('markov', 400)
    expect((language as MarkovLanguage).transition).toHaveLength(8)
    const kl = languageMetrics(rows, language, 'x@1')[0]
    expect(kl).toMatchObject({ name: 'transition-kl', unit: 'nats' })
    expect(kl.value / ((8 * 7) / 2 / (400 * 31))).toBeGreaterThan(0.5)
    expect(kl.value / ((8 * 7) / 2 / (400 * 31))).toBeLessThan(1.6)
  })
})

describe('languageBaselines', () => {
  it.each(['markov', 'chain'] as const)(
    'of %s: a control loses to the language, or the table says which metric it wins',
    (type) => {
      const { language, rows } = draw(type, 200)
      const [truth, ...controls] = languageBaselines(rows, language, { task: 'x@1', seed: 1 })
      expect(truth).toMatchObject({ id: 'held-out', kind: 'held-out' })
      expect(controls.map(({ id }) => id)).toEqual(['repeat-one-row', 'unigram', 'shuffled'])
      for (const { id, quality } of controls)
        for (const metric of quality) {
          const { better, wonBy = [] } = metricTable[metric.name]
          const mark = truth.quality.find(({ name }) => name === metric.name)?.value ?? Number.NaN
          const loses = better === 'held-out' ? Math.abs(metric.value - mark) > 0.05 : metric.value > mark
          // Where no transition is impossible nobody makes an error.
          const free = type === 'markov' && metric.unit === 'share' && metric.name.endsWith('errors')
          if (!wonBy.includes(id as ControlId) && !free) expect(loses, `${id} ${metric.name}`).toBe(true)
        }
    },
  )
})
