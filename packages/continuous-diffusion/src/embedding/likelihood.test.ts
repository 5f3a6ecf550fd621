import { iidLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { alphaOf, priorKl } from '../gaussian/process.ts'
import { nll } from '../gaussian/reading.ts'
import { fixedSchedule, uniformSchedule } from '../gaussian/schedules.ts'
import { predict } from './denoiser.ts'
import { gaussianBound } from './oracle.ts'
import { enumeratedPosterior, iidPosterior } from './test-support.ts'

const schedule = uniformSchedule(-4, 6)
const skewed = [0.5, 0.2, 0.12, 0.1, 0.08]
const language = iidLanguage(skewed)

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

describe('gaussianBound', () => {
  it('with the exact posterior of i.i.d. text equals the entropy within 2%', async () => {
    const tokens = language.sample(createRng(11), 24 * 64)
    const rows = Array.from({ length: 24 }, (_, r) => tokens.slice(r * 64, (r + 1) * 64))
    const bounds = await gaussianBound(iidPosterior(skewed, 8), schedule, rows, { draws: 64 })
    const exact = -language.logProb(tokens)
    const nats = sum(bounds.map((b) => b.nats))
    expect(Math.abs(nats / exact - 1)).toBeLessThan(0.02)
    expect(Math.abs(exact / tokens.length / language.entropyRate(1) - 1)).toBeLessThan(0.05)
    const { parts } = bounds[0]
    expect(bounds[0].nats).toBeCloseTo(sum(Object.values(parts ?? {})), 9)
    expect(bounds[0]).toMatchObject({ kind: 'upper-bound', bound: 'gaussian-vlb', draws: 64 })
    expect(parts?.prior).toBeCloseTo(64 * priorKl(6, 8), 9)
  })

  it('hears a stop', async () => {
    const stopped = gaussianBound(iidPosterior(skewed, 8), schedule, [Int32Array.of(0, 1)], {
      signal: AbortSignal.abort(),
    })
    await expect(stopped).rejects.toThrow('interrupted')
  })

  it('does not depend on the density of γ', async () => {
    const rows = [language.sample(createRng(12), 256)]
    const results = await Promise.all(
      [schedule, fixedSchedule('cosine', -4, 6), fixedSchedule('linear-beta', -4, 6)].map((s) =>
        gaussianBound(iidPosterior(skewed, 8), s, rows, { draws: 256 }),
      ),
    )
    const [reference, ...others] = results.map(([b]) => b)
    for (const other of others)
      expect(Math.abs(other.nats - reference.nats)).toBeLessThan(
        4 * Math.hypot(other.stderr, reference.stderr),
      )
    expect(Math.max(...results.map(([b]) => b.stderr))).toBeLessThan(0.05 * reference.nats)
  })

  it('is above the exact value for a wrong denoiser', async () => {
    const rows = [language.sample(createRng(13), 512)]
    const exact = -sum(Array.from(rows[0], (v) => Math.log(skewed[v])))
    const [uniform] = await gaussianBound(iidPosterior([0.2, 0.2, 0.2, 0.2, 0.2], 8), schedule, rows, {
      draws: 400,
    })
    // The posterior of uniform text costs log 5 a token: the cross-entropy of the two distributions.
    expect(Math.abs(uniform.nats - 512 * Math.log(5))).toBeLessThan(3 * uniform.stderr)
    expect(uniform.stderr).toBeLessThan(0.015 * uniform.nats)
    expect(uniform.nats).toBeGreaterThan(exact)
  })

  it('gives a row the same value whatever its neighbours are', async () => {
    const a = language.sample(createRng(1), 20)
    const b = language.sample(createRng(2), 12)
    const c = language.sample(createRng(3), 20)
    const denoiser = iidPosterior(skewed, 4)
    const [, alone] = await gaussianBound(denoiser, schedule, [c, b], { batchSize: 1 })
    const [, among] = await gaussianBound(denoiser, schedule, [a, b, c], { batchSize: 7 })
    expect(among).toEqual(alone)
  })

  it.each([1, undefined, 3])(
    'gives a self-conditioned denoiser as many passes on the same z: %s',
    async (passes) => {
      const denoiser = { ...iidPosterior(skewed, 4), selfConditioned: true }
      const rows = [language.sample(createRng(1), 6)]
      const [bound] = await gaussianBound(denoiser, schedule, rows, { draws: 8, passes })
      const calls = [...denoiser.calls]
      expect(calls).toHaveLength(passes ?? 2)
      expect(bound.forwards).toBe(8 * (passes ?? 2))
      expect(calls[0].selfCondition).toBeNull()
      for (const [k, call] of calls.slice(1).entries()) {
        expect(call.z).toBe(calls[k].z)
        expect(call.selfCondition).toEqual(
          predict(denoiser, await denoiser.logits({ batch: 8, length: 6, ...calls[k] })).mean,
        )
      }
      const plain = await gaussianBound(iidPosterior(skewed, 4), schedule, rows, { draws: 8, passes })
      expect(plain[0].forwards).toBe(8)
    },
  )

  it('the cross-entropy is the unigram entropy at pure noise and nearly 0 at the clean end', async () => {
    const tokens = language.sample(createRng(14), 20_000)
    const denoiser = iidPosterior(skewed, 8)
    const at = async (gamma: number): Promise<number> => {
      // A bound over a sliver of γ: its reconstruction part is CE(gamma).
      const [{ parts }] = await gaussianBound(denoiser, uniformSchedule(gamma, gamma + 1e-6), [tokens], {
        draws: 4,
      })
      return (parts?.reconstruction ?? Number.NaN) / tokens.length
    }
    expect(Math.abs((await at(12)) / language.entropyRate(1) - 1)).toBeLessThan(0.02)
    expect(await at(-4)).toBeLessThan(1e-3)
    expect(await at(1)).toBeGreaterThan(await at(0))
  })

  it('with given positions and the exact posterior is the joint less the marginal', async () => {
    // A chain of three tokens, each mostly followed by the next; 81 rows of four.
    const follow = (a: number, b: number): number => [0.15, 0.8, 0.05][(b - a + 3) % 3]
    const p = (row: Int32Array): number =>
      row.reduce((q, v, i) => q * (i === 0 ? [0.5, 0.3, 0.2][v] : follow(row[i - 1], v)), 1)
    const all = Array.from({ length: 81 }, (_, n) =>
      Int32Array.from([27, 9, 3, 1], (d) => Math.floor(n / d) % 3),
    )
    const denoiser = enumeratedPosterior(all, (row) => Math.log(p(row)), 3, 6)
    const rows = [Int32Array.of(0, 1, 2, 0), Int32Array.of(0, 1, 1, 2), Int32Array.of(1, 2, 2, 0)]
    const given = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(0, 1, 0, 1), Uint8Array.of(1, 0, 0, 1)]
    const wide = uniformSchedule(-6, 8)
    const bounds = await gaussianBound(denoiser, wide, rows, { draws: 3000, batchSize: 500, given })
    rows.forEach((row, r) => {
      const marginal = all
        .filter((other) => given[r].every((flag, i) => flag === 0 || other[i] === row[i]))
        .reduce((sum, other) => sum + p(other), 0)
      const { nats, stderr } = bounds[r]
      expect(Math.abs(nats + Math.log(p(row) / marginal)), `row ${r}: ${nats}`).toBeLessThan(
        4 * stderr + 0.01,
      )
      expect(stderr).toBeLessThan(0.1)
    })
    // A denoiser that takes tokens for independent is above them in the mean.
    const loose = await gaussianBound(iidPosterior([0.4, 0.3, 0.3], 6), wide, rows, { draws: 400, given })
    expect(sum(loose.map((b) => b.nats))).toBeGreaterThan(sum(bounds.map((b) => b.nats)))
  })

  it('pins given positions clean at γ₀, and with nothing given is the joint, to the bit', async () => {
    const row = [Int32Array.of(1, 3, 0, 2)]
    const denoiser = iidPosterior(skewed, 4)
    const [{ parts }] = await gaussianBound(denoiser, schedule, row, {
      draws: 8,
      given: [Uint8Array.of(0, 1, 1, 0)],
    })
    expect(parts?.prior).toBeCloseTo(2 * priorKl(6, 4), 12)
    const [{ gamma, z }] = denoiser.calls
    for (let b = 0; b < 8; b++)
      for (const l of [1, 2]) {
        expect(gamma[4 * b + l]).toBe(-4)
        for (let k = 0; k < 4; k++)
          expect(z[(4 * b + l) * 4 + k]).toBeCloseTo(alphaOf(-4) * denoiser.embeddings[row[0][l] * 4 + k], 6)
      }
    expect(new Set(gamma).size).toBeGreaterThan(4)
    const plain = await gaussianBound(denoiser, schedule, row, { draws: 8 })
    expect(await gaussianBound(denoiser, schedule, row, { draws: 8, given: [new Uint8Array(4)] })).toEqual(
      plain,
    )
  })

  it('refuses an empty row', async () => {
    await expect(gaussianBound(iidPosterior(skewed, 4), schedule, [new Int32Array(0)])).rejects.toThrow(
      /row 0 has no tokens/,
    )
  })
})

it('nll and predict are the softmax', () => {
  const denoiser = iidPosterior([0.5, 0.25, 0.25], 2)
  const logits = Float32Array.from([1, 2, 3, 0, 0, 0])
  const total = Math.exp(1) + Math.exp(2) + Math.exp(3)
  expect(nll(logits, 0, 3, 1)).toBeCloseTo(Math.log(total) - 2, 6)
  const { best, confidence, mean } = predict(denoiser, logits, { temperature: 0.5 })
  expect(best[0]).toBe(2)
  // The model's own probability of what it shows; the mean is tempered.
  expect(confidence[0]).toBeCloseTo(Math.exp(3) / total, 6)
  const tempered = [2, 4, 6].map((x) => Math.exp(x) / (Math.exp(2) + Math.exp(4) + Math.exp(6)))
  const { embeddings } = denoiser
  for (const k of [0, 1])
    expect(mean[k]).toBeCloseTo(
      tempered.reduce((sum, p, v) => sum + p * embeddings[2 * v + k], 0),
      6,
    )
  const { embeddings: e } = denoiser
  expect(mean[2]).toBeCloseTo((e[0] + e[2] + e[4]) / 3, 6)
})
