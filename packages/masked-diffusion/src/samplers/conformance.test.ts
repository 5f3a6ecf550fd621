/** Samplers over exact denoisers, on languages where their errors are known. */
import { freeCanvas } from '@trivium/language-model'
import { circulantLanguage, createLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import type { SamplerConfig } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { markovOracle } from '../testing/markov-oracle.ts'
import { canvases, oracleOf, write } from '../testing/oracle.ts'

const process = createAbsorbingProcess('linear')
const [V, L] = [8, 64]

describe('a homogeneous Markov language, V = 8, L = 64', () => {
  const language = circulantLanguage([0.7, 0.1, 0.06, 0.05, 0.04, 0.02, 0.02, 0.01])
  const oracle = markovOracle(language, L)
  async function sampled(sampler: SamplerConfig, n: number): Promise<Int32Array[]> {
    const canvas = canvases(n, freeCanvas(L, oracle.vocabulary))
    const { rows } = await write({ canvas, sampler, seed: 1 }, { ...oracle, process })
    return rows.map(({ tokens }) => tokens)
  }
  const trueRows = (n: number): Int32Array[] =>
    Array.from({ length: n }, (_, r) => language.sample(createRng(9).fork(r), L))
  /** Σ_a ŵ_a KL(p̂(·|a) ‖ P(·|a)), nats. */
  function transitionKl(rows: readonly Int32Array[]): number {
    const counts = new Float64Array(V * V)
    for (const row of rows) for (let i = 1; i < L; i++) counts[row[i - 1] * V + row[i]] += 1
    let sum = 0
    for (let a = 0; a < V; a++) {
      const from = counts.subarray(a * V, (a + 1) * V)
      const total = from.reduce((x, y) => x + y)
      from.forEach((n, b) => {
        if (n > 0) sum += n * Math.log(n / total / language.transition[a][b])
      })
    }
    return sum / (rows.length * (L - 1))
  }
  /** Nats a token below the language's own entropy. */
  const gain = (rows: readonly Int32Array[]): number =>
    rows.reduce((sum, row) => sum + language.logProb(row), 0) / (rows.length * L) + language.entropyRate(L)

  it('the oracle of tables is the exact denoiser', async () => {
    const { denoise } = oracleOf(language)
    const rows = trueRows(20).map((row, r) => {
      const u = createRng(4).fork(r).uniforms(L)
      return row.map((token, i) => (u[i] < r / 19 ? oracle.vocabulary.mask : token))
    })
    const [a, b] = [await denoise(rows), await oracle.denoise(rows)]
    let worst = 0
    a.forEach((x, k) => {
      worst = Math.max(worst, Math.abs(Math.exp(x) - Math.exp(b[k])))
    })
    expect(worst).toBeLessThan(1e-6)
  })

  it('ancestral S = 8 loses .02 to .04 nats of the transitions, 2,000 rows', async () => {
    const kl = transitionKl(await sampled({ type: 'ancestral', steps: 8, temperature: 1 }, 2000))
    expect(kl).toBeGreaterThan(0.02)
    expect(kl).toBeLessThan(0.04)
  })

  it('ancestral S = 64 is within .001 of as many rows of the language', async () => {
    const n = 500
    const kl = transitionKl(await sampled({ type: 'ancestral', steps: 64, temperature: 1 }, n))
    expect(kl - transitionKl(trueRows(n))).toBeLessThan(0.001)
  })

  it('low-confidence collapses with more steps, and by likelihood that looks like success', async () => {
    const [few, many] = [
      await sampled({ type: 'low-confidence', steps: 8, temperature: 1 }, 150),
      await sampled({ type: 'low-confidence', steps: 64, temperature: 1 }, 150),
    ]
    expect(transitionKl(many)).toBeGreaterThan(2 * transitionKl(few))
    expect(transitionKl(many)).toBeGreaterThan(0.2)
    expect(gain(many)).toBeGreaterThan(0.4)
    expect(Math.abs(gain(trueRows(150)))).toBeLessThan(0.05)
  })
})

describe('a hard chain, two of eight successors, 16 forwards', () => {
  const language = createLanguage({ type: 'chain', vocabSize: V, successors: 2, seed: 1 })
  // The oracle doubts what is shown, so that drafts which cannot be are no dead end.
  const { denoise, vocabulary } = oracleOf(language, 0.02)
  const model = { denoise, vocabulary, process }
  const n = 40
  const free = canvases(n, freeCanvas(L, vocabulary))
  const errors = (rows: readonly { tokens: Int32Array }[]): number =>
    rows.reduce((sum, { tokens }) => sum + language.errors(tokens), 0) / (n * (L - 1))
  const drawn = (sampler: SamplerConfig) => write({ canvas: free, sampler, seed: 1 }, model)

  it('8 for a draft and up to 8 where the model doubts it leave at most a third of the errors', async () => {
    const uncorrected = errors((await drawn({ type: 'random', steps: 16, temperature: 1 })).rows)
    const draft = await drawn({ type: 'random', steps: 8, temperature: 1 })
    const canvas = draft.rows.map(({ tokens }) => ({ tokens, frozen: new Uint8Array(L) }))
    const sampler = { type: 'edit', tauMask: 0.7, tauEdit: 0.3, temperature: 1 } as const
    const edited = await write({ canvas, sampler, seed: 2 }, model)
    expect(uncorrected).toBeGreaterThan(0.03)
    expect(errors(edited.rows)).toBeLessThan(uncorrected / 3)
    expect(errors(edited.rows)).toBeLessThan(errors(draft.rows) / 3)
    for (const { forwards } of edited.rows) expect(forwards).toBeLessThanOrEqual(8)
  })

  it('taking tokens back at random does not help', async () => {
    const without = errors((await drawn({ type: 'ancestral', steps: 16, temperature: 1 })).rows)
    for (const [strategy, eta] of [
      ['cap', 0.3],
      ['loop', 0.3],
    ] as const) {
      const rest = { tOn: 0.55, tOff: 0.05, alphaOn: 0.9, temperature: 1 }
      const { rows, cost } = await drawn({ type: 'remask', steps: 16, strategy, eta, ...rest })
      expect(cost.forwards).toBeLessThanOrEqual(16)
      expect(errors(rows)).toBeGreaterThan(0.8 * without)
    }
  })
})
