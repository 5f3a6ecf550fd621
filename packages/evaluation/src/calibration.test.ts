/**
 * @file Nominal 95% intervals cover: many sets of texts are drawn from a language whose texts repeat themselves, copy the
 * training text and hold words that it has not, so that every metric has something to count; an interval has to hold the
 * mean of its metric over all sets in 90–98% of them. `vitest --mode long` (`pnpm check:long`) draws more.
 */
import { createRng, type Rng } from '@trivium/random'
import { type Metric, qualityMetricNames } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { qualityMetrics } from './quality.ts'
import { buildReference } from './reference.ts'

const long = import.meta.env.MODE === 'long'
const [least, most] = long ? [0.91, 0.98] : [0.9, 0.98]

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

function setsOf(text: (rng: Rng) => string): Metric[][] {
  return Array.from({ length: long ? 1500 : 150 }, (_, s) =>
    qualityMetrics(
      Array.from({ length: 16 }, (_, i) => text(root.fork('set', s, i))),
      reference,
    ),
  )
}

function expectCover(name: string, outcomes: readonly Outcome[], truth: number): void {
  const covered = coverage(outcomes, truth)
  if (long) console.log(`${name}: ${(100 * covered).toFixed(1)}%, mean ${truth.toFixed(4)}`)
  expect(covered, name).toBeGreaterThanOrEqual(least)
  expect(covered, name).toBeLessThanOrEqual(most)
}

describe('quality metrics', () => {
  const [plain, repeating] = [setsOf(prose), setsOf(echoes)]
  const outcomesOf = (drawn: readonly Metric[][], name: string): Outcome[] =>
    drawn.flatMap((metrics) => metrics.find((metric) => metric.name === name) ?? [])

  it.each(qualityMetricNames.filter((name) => name !== 'duplicate-rate'))('%s', (name) => {
    const outcomes = outcomesOf(plain, name)
    expectCover(name, outcomes, meanOf(outcomes))
  })
  it.each(['duplicate-rate', 'distinct-2', 'distinct-4', 'judge-bits'] as const)(
    '%s of texts that repeat',
    (name) => {
      const outcomes = outcomesOf(repeating, name)
      expectCover(`${name}, repeating`, outcomes, meanOf(outcomes))
    },
  )
})
