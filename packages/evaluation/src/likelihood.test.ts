/** @file Bits per character and per byte from likelihoods that are known. */
import type { Likelihood } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { type Metric, metricDifference, metricSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import type { ScoredRows } from './held-out.ts'
import { likelihoodMetrics } from './likelihood.ts'

type Model = { logLikelihood: () => Promise<Likelihood[]> }
const scores = (nats: readonly number[], more: Partial<Likelihood> = {}): Model => ({
  logLikelihood: async () =>
    nats.map((n) => ({ nats: n, kind: 'exact', bound: 'exact', stderr: 0, draws: 1, ...more })),
})
/** Rows of these many characters; a cluster for each unless they are named. */
const held = (characters: readonly number[], more: Partial<ScoredRows> = {}): ScoredRows => ({
  rows: characters.map(() => new Int32Array(4)),
  characters,
  bytes: characters.map((n) => 2 * n),
  clusters: characters.map((_, i) => i),
  unit: 'documents',
  ...more,
})

describe('likelihoodMetrics', () => {
  it('divides all bits by all characters and by all bytes, not row by row', async () => {
    const [character, byte] = await likelihoodMetrics(scores([8 * Math.LN2, 2 * Math.LN2]), held([2, 8]))
    expect(character).toMatchObject({ name: 'bits-per-character', value: expect.closeTo(1, 12), n: 2 })
    expect(byte).toMatchObject({ name: 'bits-per-byte', value: expect.closeTo(0.5, 12), unit: 'bits/byte' })
    expect(character.boundType).toBe('exact')
    for (const metric of [character, byte]) expect(metricSchema.parse(metric)).toEqual(metric)
  })
  it('has the standard error of a mean where rows are equally long and independent', async () => {
    const nats = [1, 2, 3, 4, 5, 6, 7, 8].map((b) => 10 * b * Math.LN2)
    const [metric] = await likelihoodMetrics(scores(nats), held(nats.map(() => 10)))
    expect(metric.value).toBeCloseTo(4.5, 12)
    expect(metric.stderr).toBeCloseTo(Math.sqrt(6 / 8), 12)
    expect(metric.ci95?.[1]).toBeCloseTo(4.5 + 2.3646 * Math.sqrt(6 / 8), 2) // t of 7 degrees
    expect(metric.items?.values[0]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((x) => expect.closeTo(x, 4)))
  })
  it('knows that rows of one document are alike: 8 documents of 8 equal rows are 8 rows', async () => {
    const documents = [1, 2, 3, 4, 5, 6, 7, 8]
    const nats = documents.flatMap((b) => Array<number>(8).fill(10 * b * Math.LN2))
    const clusters = documents.flatMap((d) => Array<number>(8).fill(d))
    const rows = nats.map(() => 10)
    const [clustered] = await likelihoodMetrics(scores(nats), held(rows, { clusters }))
    const [single] = await likelihoodMetrics(
      scores(documents.map((b) => 10 * b * Math.LN2)),
      held(Array(8).fill(10)),
    )
    expect(clustered.stderr).toBeCloseTo(single.stderr as number, 12)
    expect(clustered.ci95).toEqual(single.ci95?.map((x) => expect.closeTo(x, 12)))
    const [independent] = await likelihoodMetrics(scores(nats), held(rows))
    expect((clustered.stderr as number) / (independent.stderr as number)).toBeGreaterThan(2.7) // √8
  })
  it('tells where the noise hides the text, a character and a unit of γ, and what the bound cost', async () => {
    const information = Array.from({ length: 48 }, (_, k) => ({ gamma: 5 - k / 8, nats: k * Math.LN2 }))
    const model = scores([1, 1], {
      kind: 'upper-bound',
      bound: 'gaussian-vlb',
      draws: 54,
      forwards: 108,
      information,
    })
    const [metric, byte] = await likelihoodMetrics(model, held([2, 6]))
    expect(metric).toMatchObject({ draws: 54, forwards: 108 })
    expect(metric.information).toHaveLength(24)
    // The last two steps of both rows share the first bin: (46 + 47 + 46 + 47) bits over 2 + 2 + 6 + 6 characters.
    expect(metric.information?.[0]).toEqual({ gamma: expect.closeTo(5 - 46.5 / 8, 4), value: 11.625 })
    expect(byte.information?.[0].value).toBeCloseTo(11.625 / 2, 9)
    expect(metricSchema.parse(metric)).toEqual(metric)
    expect((await likelihoodMetrics(scores([1, 1]), held([2, 6])))[0].information).toBeUndefined()
  })
  it('one row proves nothing: no error, no interval; fewer than 8 documents have no interval', async () => {
    const [one] = await likelihoodMetrics(scores([3]), held([3]))
    expect([one.stderr, one.ci95, one.items]).toEqual([null, null, undefined])
    const [seven] = await likelihoodMetrics(scores([1, 2, 3, 4, 5, 6, 7]), held(Array(7).fill(3)))
    expect(seven.ci95).toBeNull()
    expect(seven.stderr).not.toBeNull()
  })
  it('says of a bound how many draws it rests on, and averages its parts', async () => {
    const bound: Partial<Likelihood> = {
      kind: 'upper-bound',
      bound: 'gaussian-vlb',
      draws: 4,
      parts: { diffusion: 2 * Math.LN2, prior: Math.LN2 },
    }
    const [metric, byte] = await likelihoodMetrics(scores([3 * Math.LN2], bound), held([3]))
    expect(metric).toMatchObject({ boundType: 'gaussian-vlb', draws: 4 })
    expect(metric.parts).toEqual({ diffusion: expect.closeTo(2 / 3, 12), prior: expect.closeTo(1 / 3, 12) })
    expect(byte.parts).toEqual({ diffusion: expect.closeTo(1 / 3, 12), prior: expect.closeTo(1 / 6, 12) })
    expect((await likelihoodMetrics(scores([1]), held([3])))[0].draws).toBeUndefined()
  })
  it('refuses rows without characters', async () => {
    await expect(likelihoodMetrics(scores([1]), held([0]))).rejects.toThrow(/at least one character/)
    const unlike = held([1], { rows: [new Int32Array(1), new Int32Array(1)] })
    await expect(likelihoodMetrics(scores([1, 1]), unlike)).rejects.toThrow(/2 rows and 1 counts/)
  })
  it('names its task, and leaves bytes out where none are counted', async () => {
    const metrics = await likelihoodMetrics(scores([3]), held([3], { bytes: undefined }), { task: 'sort@1' })
    expect(metrics.map(({ task, name }) => [task, name])).toEqual([['sort@1', 'bits-per-character']])
  })
})

describe('two models on the same rows', () => {
  const rng = createRng(5)
  const draw = (label: string, n: number, scale: number): number[] =>
    Array.from(rng.fork(label).normals(n), (x) => scale * x)
  const [documents, rows] = [12, 96]
  const clusters = Array.from({ length: rows }, (_, i) => Math.floor((i * documents) / rows))
  const topic = draw('documents', documents, 0.2)
  const model = async (label: string, shift: number): Promise<Metric> => {
    const noise = draw(label, rows, 0.1)
    const bits = clusters.map((d, i) => 64 * (2 + shift + topic[d] + noise[i]) * Math.LN2)
    return (await likelihoodMetrics(scores(bits), held(Array(rows).fill(64), { clusters })))[0]
  }
  it('differ by less than their own intervals say: the documents are the same', async () => {
    const [a, b] = [await model('a', 0), await model('b', 0.08)]
    expect(a.ci95?.[1]).toBeGreaterThan(b.ci95?.[0] as number)
    const { ci95, paired } = metricDifference(a, b)
    expect(paired).toBe(true)
    expect(ci95?.[1]).toBeLessThan(0)
    expect(ci95?.[0]).toBeGreaterThan(-0.16)
  })
})
