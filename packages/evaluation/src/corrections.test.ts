import { plainVocabulary } from '@trivium/language-model'
import { describe, expect, it } from 'vitest'
import { auroc, correctionMetrics, detectionMetric } from './corrections.ts'

describe('correctionMetrics', () => {
  it('pools repairs, breaks and false edits over the positions that can have them', () => {
    const metrics = correctionMetrics('c@1', [
      { original: 'axcd', wanted: 'abcd', written: 'abcd' }, // one error, repaired
      { original: 'axxd', wanted: 'abcd', written: 'abxe' }, // one of two repaired, one of two right ones broken
      { original: 'abcd', wanted: 'abcd', written: 'abce' }, // clean, one of four changed
    ])
    expect(metrics.map(({ name, value, n }) => [name, value, n])).toEqual([
      ['repair-rate', 2 / 3, 2],
      ['break-rate', 1 / 5, 2],
      ['breaks-per-error', 1 / 3, 2],
      ['false-edit-rate', 1 / 4, 1],
    ])
  })
  it('leaves out what there is nothing to count for', () => {
    const edits = [{ original: 'ab', wanted: 'ab', written: 'ab' }]
    expect(correctionMetrics('c@1', edits).map(({ name, value }) => [name, value])).toEqual([
      ['false-edit-rate', 0],
    ])
    expect(correctionMetrics('c@1', [])).toEqual([])
  })
})

describe('auroc', () => {
  it('is the chance that a wrong one scores higher, ties half', () => {
    const of = (wrong: number[], right: number[]): number =>
      auroc([
        ...wrong.map((score) => ({ score, wrong: true })),
        ...right.map((score) => ({ score, wrong: false })),
      ])
    expect(of([3, 4], [1, 2])).toBe(1)
    expect(of([1], [2, 3])).toBe(0)
    expect(of([2], [1, 2, 3])).toBe(0.5)
    expect(of([2, 5], [1, 3])).toBe(0.75)
    expect(of([], [1])).toBeNaN()
  })
})

describe('detectionMetric', () => {
  const vocabulary = plainVocabulary(3)
  /** Knows that every token is 0: others cost. */
  const model = {
    vocabulary,
    logLikelihood: async (
      rows: readonly Int32Array[],
      { given = [] }: { given?: readonly Uint8Array[] } = {},
    ) =>
      rows.map((row, r) => {
        const free = given[r].indexOf(0)
        expect(given[r].filter((g) => g === 0)).toHaveLength(1)
        return { nats: row[free], kind: 'exact' as const, bound: 'exact' as const, stderr: 0, draws: 1 }
      }),
  }
  it('asks for each position given all others', async () => {
    const texts = Array.from({ length: 10 }, (_, i) => ({
      tokens: new Int32Array(4),
      draft: Int32Array.from({ length: 4 }, (_unused, l) => (l === i % 4 ? 2 : 0)),
    }))
    const found = await detectionMetric(model, texts, { task: 'c@1' })
    expect(found).toMatchObject({ name: 'detection-auroc', value: 1, n: 10 })
    const clean = texts.map(({ tokens }) => ({ tokens, draft: tokens }))
    expect(await detectionMetric(model, clean, { task: 'c@1' })).toBeNull()
  })
})
