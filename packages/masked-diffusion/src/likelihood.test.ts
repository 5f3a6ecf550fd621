import { allRows } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { Stopped } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from './absorbing.ts'
import { leftToRight, maskedNelbo } from './likelihood.ts'
import { binomial, exactNelbo } from './testing/laws.ts'
import { chainLanguage as language, type MaskedScorer, oracleOf } from './testing/oracle.ts'

const oracle = oracleOf(language)
const { vocabulary } = oracle
/** A wrong denoiser: it sees the canvas but sharpens or blurs what it should say. */
const wrong: MaskedScorer = async (inputs, targets) =>
  (await oracle.score(inputs, targets)).map((nll) => 0.5 * nll + 0.9)
const rows = [Int32Array.of(0, 0, 1, 2), Int32Array.of(2, 1, 0, 2), Int32Array.of(1, 1, 1, 1)]

describe('the NELBO by enumeration', () => {
  it('of an exact denoiser is the exact −log p', async () => {
    for (const row of rows) expect(await exactNelbo(oracle, row)).toBeCloseTo(-language.logProb(row), 5)
  })
})

it('a stop is heard by the bounds and by the chain rule', async () => {
  const signal = AbortSignal.abort()
  await expect(maskedNelbo(rows, oracle.score, vocabulary, { signal })).rejects.toThrow(Stopped)
  await expect(leftToRight(rows, oracle.score, vocabulary, 4, { signal })).rejects.toThrow(Stopped)
})

const estimators = [
  ['mask-count', { type: 'mask-count' }],
  ['time, linear', { type: 'time', process: createAbsorbingProcess('linear') }],
  ['time, cosine', { type: 'time', process: createAbsorbingProcess('cosine') }],
  ['time, polynomial', { type: 'time', process: createAbsorbingProcess('polynomial') }],
] as const

describe('the two forms of the bound', () => {
  it.each(['linear', 'cosine', 'polynomial'] as const)(
    'are equal: ∫ weight(t)·E[Σ_masked −log p] dt over the %s schedule, and Σ_l E[…| l masked]/l',
    async (schedule) => {
      const process = createAbsorbingProcess(schedule)
      const length = 4
      // f_l = 1 for one l and 0 elsewhere: a basis, so equality holds for every denoiser.
      for (let l = 1; l <= length; l++) {
        const n = 50_000
        let integral = 0
        for (let k = 0; k < n; k++) {
          const t = (k + 0.5) / n
          const m = 1 - process.alpha(t)
          integral += (process.weight(t) * binomial(length, l) * m ** l * (1 - m) ** (length - l)) / n
        }
        // The process stops at 1−α = 1−ε: an l of almost all tokens misses the weight of the last ε.
        expect(Math.abs(integral - 1 / l)).toBeLessThan(1.001e-3 * (l === length ? 1 : 0) + 1e-5)
      }
    },
  )
})

describe.each(estimators)('maskedNelbo by %s', (name, estimator) => {
  const options = { draws: 4096, seed: 11, batchSize: 512 }

  it.each([
    ['exact', oracle.score],
    ['wrong', wrong],
  ] as const)('has the enumerated NELBO of the %s denoiser as its mean', async (_, score) => {
    const found = await maskedNelbo(rows, score, vocabulary, options, estimator)
    for (let r = 0; r < rows.length; r++) {
      const { nats, stderr, kind, bound, draws, parts } = found[r]
      // The ε end: the prior's log V replaces what an almost empty canvas costs, on a range ε of α.
      const empty = await score([new Int32Array(4).fill(vocabulary.mask)], [rows[r]])
      const slack =
        estimator.type === 'time' ? 1e-3 * (4 * Math.log(3) - empty.reduce((a, b) => a + b, 0)) : 0
      const target = (await exactNelbo({ score, vocabulary }, rows[r])) + slack
      expect(Math.abs(nats - target)).toBeLessThan(4.5 * stderr + 2e-5)
      // 1/t has a logarithmically infinite variance, so the time estimator converges slowly.
      expect(stderr).toBeLessThan(estimator.type === 'time' ? 0.3 : 0.05)
      expect({ kind, bound, draws }).toEqual({ kind: 'upper-bound', bound: 'masked-nelbo', draws: 4096 })
      expect(parts?.prior).toBeCloseTo(name === 'mask-count' ? 0 : 4e-3 * Math.log(3), 12)
      expect((parts?.diffusion ?? 0) + (parts?.prior ?? 0)).toBeCloseTo(nats, 10)
    }
  })
})

describe('with given positions', () => {
  const flags = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(0, 1, 0, 1), Uint8Array.of(1, 0, 0, 1)]
  /** −log p(given tokens), by summing out the rest. */
  const marginal = (row: Int32Array, given: Uint8Array): number =>
    -Math.log(
      allRows(3, 4)
        .filter((other) => given.every((flag, i) => flag === 0 || other[i] === row[i]))
        .reduce((p, other) => p + Math.exp(language.logProb(other)), 0),
    )

  it.each(estimators)('by %s is the joint less the marginal for the exact denoiser', async (_, estimator) => {
    const options = { draws: 2048, seed: 5, batchSize: 512, given: flags }
    const found = await maskedNelbo(rows, oracle.score, vocabulary, options, estimator)
    rows.forEach((row, r) => {
      const conditional = marginal(row, new Uint8Array(4).fill(1)) - marginal(row, flags[r])
      // The prior of the time form costs ε·log V a free token more than it saves.
      const slack = estimator.type === 'time' ? 2e-3 * Math.log(3) : 0
      expect(Math.abs(found[r].nats - conditional)).toBeLessThan(4.5 * found[r].stderr + slack + 2e-5)
    })
  })

  it('is above the conditional entropy for a wrong denoiser', async () => {
    const blurred: MaskedScorer = async (inputs, targets) =>
      (await oracle.score(inputs, targets)).map((nll) => -Math.log(0.6 * Math.exp(-nll) + 0.4 / 3))
    for (const given of flags) {
      // All that may stand in the free places of one row, by its probability.
      const texts = allRows(3, 4).filter((row) =>
        given.every((flag, i) => flag === 0 || row[i] === rows[1][i]),
      )
      const options = { draws: 256, batchSize: 512, given: texts.map(() => given) }
      const bounds = await maskedNelbo(texts, blurred, vocabulary, options)
      let [bound, entropy, stderr] = [0, 0, 0]
      texts.forEach((row, r) => {
        const nats = -language.logProb(row) - marginal(row, given)
        bound += Math.exp(-nats) * bounds[r].nats
        entropy += Math.exp(-nats) * nats
        stderr = Math.hypot(stderr, Math.exp(-nats) * bounds[r].stderr)
      })
      expect(bound).toBeGreaterThan(entropy + 4 * stderr)
    }
  })

  it('shows what is given to every forward, and masks of the rest 1 … n, each number as often as any', async () => {
    const counts = new Float64Array(4)
    const score: MaskedScorer = async (inputs, targets) => {
      for (const input of inputs) {
        expect([input[0], input[3]]).toEqual([0, 2])
        counts[input.filter((token) => token === vocabulary.mask).length] += 1
      }
      return oracle.score(inputs, targets)
    }
    await maskedNelbo([rows[0]], score, vocabulary, { draws: 64, given: [Uint8Array.of(1, 0, 0, 1)] })
    expect([...counts]).toEqual([0, 32, 32, 0])
  })

  it('with nothing given is the joint, to the bit', async () => {
    const plain = await maskedNelbo(rows, wrong, vocabulary, { draws: 8 })
    const given = rows.map(() => new Uint8Array(4))
    expect(await maskedNelbo(rows, wrong, vocabulary, { draws: 8, given })).toEqual(plain)
    await expect(
      maskedNelbo(rows, wrong, vocabulary, { given: [given[0], new Uint8Array(4).fill(1), given[2]] }),
    ).rejects.toThrow('row 1 has no tokens to score; pass at least one that is not given')
  })
})

describe('maskedNelbo', () => {
  it('bounds the mean surprise of a language from above: entropy for the exact denoiser, more for a wrong one', async () => {
    // E over the language of NELBO − NLL = a Kullback–Leibler divergence ≥ 0.
    let exact = 0
    let bound = 0
    const blurred: MaskedScorer = async (inputs, targets) => {
      const v = vocabulary.textSize
      const logits = await oracle.denoise(inputs)
      return Float32Array.from({ length: inputs.length * 4 }, (_, n) => {
        const p = 0.6 * Math.exp(logits[n * v + targets[Math.floor(n / 4)][n % 4]]) + 0.4 / v
        return -Math.log(p)
      })
    }
    for (const row of allRows(3, 4)) {
      const p = Math.exp(language.logProb(row))
      exact += -p * language.logProb(row)
      bound += p * (await exactNelbo({ score: blurred, vocabulary }, row))
    }
    expect(bound).toBeGreaterThan(exact + 0.1)
  })

  it('has an honest standard error and a lower one than the time estimator', async () => {
    const row = rows[1]
    const repeats = 150
    const spread = async (estimator: (typeof estimators)[number][1]) => {
      const nats: number[] = []
      let stderr = 0
      for (let seed = 0; seed < repeats; seed++) {
        const [found] = await maskedNelbo(
          [row],
          wrong,
          vocabulary,
          { draws: 32, seed, batchSize: 32 },
          estimator,
        )
        nats.push(found.nats)
        stderr += found.stderr ** 2 / repeats
      }
      const mean = nats.reduce((a, b) => a + b, 0) / repeats
      const sd = Math.sqrt(nats.reduce((a, x) => a + (x - mean) ** 2, 0) / (repeats - 1))
      return { sd, stderr: Math.sqrt(stderr) }
    }
    const count = await spread({ type: 'mask-count' })
    const time = await spread(estimators[1][1])
    expect(count.stderr / count.sd).toBeGreaterThan(0.8)
    expect(count.stderr / count.sd).toBeLessThan(1.4)
    expect(time.sd).toBeGreaterThan(3 * count.sd)
  })

  it('is unbiased with few draws too: strata are jittered, so every mask count keeps its share', async () => {
    const draws = 3
    const repeats = 1500
    // A cost that depends on the mask count alone: −log p = l² at each position, so the bound is Σ_l l² = 30.
    const squares: MaskedScorer = async (inputs) =>
      Float32Array.from(
        inputs.flatMap((row) => Array.from(row, () => row.filter((t) => t === vocabulary.mask).length ** 2)),
      )
    const target = await exactNelbo({ score: squares, vocabulary }, rows[0])
    expect(target).toBeCloseTo(30, 10)
    let mean = 0
    let square = 0
    for (let seed = 0; seed < repeats; seed++) {
      const [{ nats }] = await maskedNelbo([rows[0]], squares, vocabulary, { draws, seed })
      mean += nats / repeats
      square += nats ** 2 / repeats
    }
    const stderr = Math.sqrt((square - mean ** 2) / repeats)
    expect(Math.abs(mean - target)).toBeLessThan(4 * stderr)
    expect(stderr).toBeLessThan(0.5)
  })

  it('does not depend on the batch size or on rows of other lengths', async () => {
    const mixed = [rows[0], language.sample(createRng(1), 7), rows[1]]
    const small = await maskedNelbo(mixed, oracle.score, vocabulary, { draws: 8, seed: 2, batchSize: 3 })
    const large = await maskedNelbo(mixed, oracle.score, vocabulary, { draws: 8, seed: 2, batchSize: 64 })
    expect(small).toEqual(large)
    const [alone] = await maskedNelbo([rows[0]], oracle.score, vocabulary, { draws: 8, seed: 2 })
    expect(alone).toEqual(small[0])
  })

  it('refuses what it cannot estimate', async () => {
    await expect(maskedNelbo(rows, wrong, vocabulary, { draws: 1 })).rejects.toThrow(/draws is 1/)
    await expect(maskedNelbo([new Int32Array(0)], wrong, vocabulary)).rejects.toThrow(/row 0 has no tokens/)
  })
})
