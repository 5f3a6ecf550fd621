/**
 * @file Nominal 95% intervals cover: many sets of texts are drawn from a language whose texts repeat themselves, copy the
 * training text and hold words that it has not, so that every metric has something to count; an interval has to hold the
 * mean of its metric over all sets in 90–98% of them. `vitest --mode long` (`pnpm check:long`) draws more.
 */
import { createRng, type Rng } from '@trivium/random'
import { type Metric, metricDifference, type QualityMetricName, qualityMetricNames } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { metricOf, ratio } from './metrics/measure.ts'
import { errorRates } from './oracle.ts'
import { poolSeeds } from './pool-seeds.ts'
import { qualityMetrics } from './quality.ts'
import { buildReference } from './reference.ts'

const long = process.env.MODE === 'long'
/** Of 150 sets the share that is covered is itself known to ± 2% only. */
const [least, most] = long ? [0.9, 0.98] : [0.88, 0.99]

const letters = 'etaoinshrdlucmfwypvbgk'
const wordOf = (rng: Rng, w: number): string => {
  const u = rng.fork('word', w).uniforms(9)
  return Array.from(
    { length: 3 + Math.floor(5 * u[8]) },
    (_, i) => letters[Math.floor(22 * u[i] ** 1.5)],
  ).join('')
}
const root = createRng(11)
const lexicon = Array.from({ length: 240 }, (_, w) => wordOf(root, w))
const strange = Array.from({ length: 40 }, (_, w) => wordOf(root.fork('strange'), w))

/** Words by Zipf's law, now and then one that training has not seen. */
function wordsFrom(rng: Rng, n: number, strangeness: number): string[] {
  const u = rng.uniforms(2 * n)
  return Array.from({ length: n }, (_, i) => {
    const list = u[2 * i + 1] < strangeness ? strange : lexicon
    return list[Math.floor(list.length * u[2 * i] ** 2.5)]
  })
}
const train = Array.from({ length: 600 }, (_, i) => wordsFrom(root.fork('train', i), 12, 0).join(' '))
const reference = buildReference({
  train: train.join(' '),
  heldOut: Array.from({ length: 600 }, (_, i) =>
    wordsFrom(root.fork('held-out', i), 12, 0.04).join(' '),
  ).join(' '),
  judgeOrder: 5,
})

/** A text of 12 words: one in six copies training text, one in two holds one of four set phrases of five words. */
function prose(rng: Rng): string {
  const u = rng.fork('kind').uniforms(3)
  if (u[0] < 1 / 6) return train[Math.floor(600 * u[1])]
  const words = wordsFrom(rng, 12, 0.04)
  if (u[0] < 4 / 6) {
    const phrase = wordsFrom(root.fork('phrase', Math.floor(4 * u[1])), 5, 0)
    words.splice(Math.floor(8 * u[2]), 5, ...phrase)
  }
  return words.join(' ')
}

/** The same, but one text in six is one of twelve: sets hold copies. */
function echoes(rng: Rng): string {
  const [u, v] = rng.fork('echo').uniforms(2)
  return u < 1 / 6 ? prose(root.fork('stock', Math.floor(12 * v))) : prose(rng)
}

type Outcome = { value: number; ci95: readonly [number, number] | null }

/** Share of the outcomes whose interval holds the truth. */
function coverage(outcomes: readonly Outcome[], truth: number): number {
  const holds = outcomes.filter(({ ci95 }) => ci95 !== null && ci95[0] <= truth && truth <= ci95[1])
  return holds.length / outcomes.length
}
const meanOf = (outcomes: readonly Outcome[]): number =>
  outcomes.reduce((sum, { value }) => sum + value, 0) / outcomes.length

function setsOf(text: (rng: Rng) => string, names: readonly QualityMetricName[]): Metric[][] {
  return Array.from({ length: long ? 1500 : 150 }, (_, s) =>
    qualityMetrics(
      Array.from({ length: 16 }, (_, i) => text(root.fork('set', s, i))),
      reference,
      names,
    ),
  )
}

function expectCover(name: string, outcomes: readonly Outcome[], truth: number): void {
  const covered = coverage(outcomes, truth)
  if (long) process.stdout.write(`${name}: ${(100 * covered).toFixed(1)}%, mean ${truth.toFixed(4)}\n`)
  expect(covered, name).toBeGreaterThanOrEqual(least)
  expect(covered, name).toBeLessThanOrEqual(most)
}

describe('quality metrics', () => {
  const plainNames = qualityMetricNames.filter((name) => name !== 'duplicate-rate')
  const repeatingNames = ['duplicate-rate', 'distinct-2', 'judge-bits'] as const
  const [plain, repeating] = [setsOf(prose, plainNames), setsOf(echoes, repeatingNames)]
  const outcomesOf = (drawn: readonly Metric[][], name: string): Outcome[] =>
    drawn.flatMap((metrics) => metrics.find((metric) => metric.name === name) ?? [])

  it.each(plainNames)('%s', (name) => {
    const outcomes = outcomesOf(plain, name)
    expectCover(name, outcomes, meanOf(outcomes))
  })
  it.each(repeatingNames)('%s of texts that repeat', (name) => {
    const outcomes = outcomesOf(repeating, name)
    expectCover(`${name}, repeating`, outcomes, meanOf(outcomes))
  })
})

describe('likelihoods and error rates', () => {
  const runs = long ? 4000 : 400
  it('the ratio of rows in 12 documents of unlike length', () => {
    const lengths = [3, 3, 4, 4, 5, 5, 5, 6, 7, 8, 9, 11]
    const clusters = lengths.flatMap((rows, d) => Array<number>(rows).fill(d))
    const outcomes = Array.from({ length: runs }, (_, r) => {
      const topics = root.fork('topic', r).normals(12)
      const noise = root.fork('noise', r).normals(clusters.length)
      const bits = clusters.map((d, i) => 128 * (2 + 0.15 * topics[d] + 0.2 * noise[i]))
      return ratio(bits, Array<number>(bits.length).fill(128), { clusters, unit: 'documents' })
    })
    expectCover('bits-per-character', outcomes, 2)
    // As if the rows were independent: what was printed before.
    const naive = outcomes.map((_, r) => {
      const topics = root.fork('topic', r).normals(12)
      const noise = root.fork('noise', r).normals(clusters.length)
      const bits = clusters.map((d, i) => 2 + 0.15 * topics[d] + 0.2 * noise[i])
      return ratio(bits, Array<number>(bits.length).fill(1), {
        clusters: bits.map((_, i) => i),
        unit: 'documents',
      })
    })
    expect(coverage(naive, 2)).toBeLessThan(0.85)
  })
  it('seeds crossed with documents, and the paired difference of two models', () => {
    const model = (
      r: number,
      label: string,
      topics: Float64Array,
      seeds: Float64Array,
      level: number,
    ): Metric =>
      poolSeeds(
        Array.from(seeds, (seed, s) => {
          const noise = root.fork(label, r, s).normals(12)
          const bits = Array.from(topics, (topic, d) => level + 0.1 * seed + 0.15 * topic + 0.05 * noise[d])
          const found = ratio(bits, Array<number>(12).fill(1), {
            clusters: bits.map((_, d) => d),
            unit: 'documents',
          })
          return metricOf('likelihood@2', 'bits-per-character', found, 'exact')
        }),
      )
    const single: Outcome[] = []
    const difference: Outcome[] = []
    for (let r = 0; r < runs; r++) {
      const topics = root.fork('topics', r).normals(12)
      const a = model(r, 'a', topics, root.fork('seeds', r).normals(3), 2)
      const b = model(r, 'b', topics, root.fork('other', r).normals(3), 2.1)
      single.push(a)
      difference.push(metricDifference(a, b))
    }
    expectCover('bits-per-character of three seeds', single, 2)
    expectCover('its paired difference', difference, -0.1)
  })
  it('TER and SER of rare errors in clusters', () => {
    const cycle = [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]
    // One row in twelve breaks once or a few times: a stutter, after which it goes on.
    const rowOf = (rng: Rng): number[] => {
      const u = rng.uniforms(48)
      let state = 0
      return Array.from({ length: 48 }, (_, i) => {
        if (!(u[0] < 1 / 12 && u[i] < 0.08)) state = (state + 1) % 3
        return state
      })
    }
    const rates = Array.from({ length: runs }, (_, r) =>
      errorRates(
        Array.from({ length: 32 }, (_, i) => rowOf(root.fork('rates', r, i))),
        cycle,
      ),
    )
    for (const name of ['ter', 'ser'] as const) {
      const outcomes = rates.map((rate) => rate[name])
      expectCover(name, outcomes, meanOf(outcomes))
    }
  })
})
