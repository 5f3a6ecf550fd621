/**
 * @file The bounds of discrete diffusion, over an injected scorer. Always the true weight over the full range of t, whatever
 * the training weight was.
 *
 * Absorbing: with SUBS and no time input the bound depends on α only through its end points (MDLM, invariance to the schedule). Written
 * in the mask rate λ = 1−α it is ∫ E[Σ_masked −log p(x₀ᵢ | x_λ)]/λ dλ.
 * - `mask-count` (default) lets λ run over all of (0, 1): generation starts from MASK alone, the prior costs nothing, and
 *   λ = 0 leaves nothing to reconstruct. The integral over λ is a Beta function, C(L,l)·B(l, L−l+1) = 1/l, so the bound is
 *   Σ_l E[Σ_masked −log p | l masked]/l = E_{l~U{1…L}}[L/l · Σ_masked −log p] (LLaDA 2502.09992, its evaluation form): the same
 *   number with the variance of the mask count gone.
 * - `time` follows the process to t = 1, where a share ε = α(1) is still clean. A clean token at t = 1 has to come from the
 *   prior (ε/V for each token, 1−ε for MASK), which adds the exact term KL(q(x₁|x₀) ‖ prior) = ε·log V a token. α(0) = 1: no
 *   reconstruction term. It is above `mask-count` by ε·(log V − the mean −log p of an almost empty canvas) a token.
 *
 * With given positions L is the number of the others, and only they are noised: the bound of −log p(rest | given), since
 * the process that hides the rest alone is as good a process (LLaDA scores answers so).
 */
import {
  createTurns,
  equalLengthRanges,
  type Likelihood,
  type LikelihoodOptions,
  scoredPositions,
  type Vocabulary,
} from '@trivium/language-model'
import { Stopped } from '@trivium/schema'
import type { AbsorbingProcess } from './absorbing.ts'
import {
  type Bound,
  type Draw,
  estimateBound,
  type PositionScorer,
  type Stratum,
  stratified,
} from './bound.ts'
import type { UniformProcess } from './uniform.ts'

export type NelboEstimator =
  | { readonly type: 'mask-count' }
  | { readonly type: 'time'; readonly process: AbsorbingProcess }

/** The masked NELBO of each row. */
export function maskedNelbo(
  rows: readonly Int32Array[],
  score: PositionScorer,
  vocabulary: Pick<Vocabulary, 'mask' | 'textSize'>,
  options: LikelihoodOptions = {},
  estimator: NelboEstimator = { type: 'mask-count' },
): Promise<Likelihood[]> {
  const { mask } = vocabulary
  const bound: Bound =
    estimator.type === 'mask-count'
      ? {
          name: 'masked-nelbo',
          draw: (row, free, stratum) => maskSome(row, [free], mask, stratum),
          prior: () => 0,
        }
      : {
          name: 'masked-nelbo',
          draw: (row, free, { rng, ...stratum }) => {
            const t = stratified({ rng, ...stratum })
            const noisy = estimator.process.corrupt(row, t, rng.fork('mask').uniforms(row.length), vocabulary)
            const draw = emptyDraw(row)
            for (const l of free) {
              draw.input[l] = noisy[l]
              draw.weights[l] = noisy[l] === mask ? estimator.process.weight(t) : 0
            }
            return draw
          },
          prior: (n) => n * estimator.process.priorNats(vocabulary.textSize),
        }
  return estimateBound(rows, score, options, bound)
}

/**
 * The NELBO of block diffusion (BD3-LM 2503.09573, eq. 8): Σ over blocks of the masked NELBO of a block given the text
 * before it, every block's term from the same forward. Blocks of one position have one mask alone: the chain rule itself.
 */
export async function blockNelbo(
  rows: readonly Int32Array[],
  score: PositionScorer,
  { mask }: Pick<Vocabulary, 'mask'>,
  blockLength: number,
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  if (blockLength === 1) {
    const exact = await leftToRight(rows, score, { mask }, blockLength, options)
    return exact.map((likelihood) => ({ ...likelihood, bound: 'exact' }))
  }
  return estimateBound(rows, score, options, {
    name: 'block-nelbo',
    draw: (row, free, stratum) => maskSome(row, inBlocks(free, blockLength), mask, stratum),
    prior: () => 0,
  })
}

/**
 * Exact −log p of each row as the model would write it from left to right, one position after the other: the chain rule
 * with all that is to come masked. Another law than that of its samplers, which write in other orders, and no bound of it.
 * Takes as many forwards as a block has positions to score; without blocks, as the longest row has.
 */
export async function leftToRight(
  rows: readonly Int32Array[],
  score: PositionScorer,
  { mask }: Pick<Vocabulary, 'mask'>,
  blockLength: number,
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const blocks = scoredPositions(rows, options).map((free) => inBlocks(free, blockLength))
  const nats = new Float64Array(rows.length)
  const stopped = createTurns(options.signal)
  for (const [from, to] of equalLengthRanges(rows.length, (r) => rows[r].length, options.batchSize ?? 16)) {
    const batch = blocks.slice(from, to)
    const steps = Math.max(...batch.flat().map((positions) => positions.length))
    for (let step = 0; step < steps; step++) {
      if (await stopped()) throw new Stopped()
      const draws = batch.map((groups, b) => {
        const draw = emptyDraw(rows[from + b])
        for (const positions of groups) for (const l of positions.slice(step)) draw.input[l] = mask
        return draw
      })
      const inputs = draws.map(({ input }) => input)
      const costs = await score(
        inputs,
        rows.slice(from, to),
        draws.map(({ times }) => times),
      )
      batch.forEach((groups, b) => {
        for (const positions of groups)
          if (step < positions.length) nats[from + b] += costs[b * inputs[b].length + positions[step]]
      })
    }
  }
  return Array.from(nats, (value) => ({
    nats: value,
    kind: 'exact',
    bound: 'left-to-right',
    stderr: 0,
    draws: 1,
  }))
}

/**
 * The NELBO of uniform-state diffusion (Duo 2506.10892, eq. 8) of each row; the scorer gives the score entropy of a
 * position. Near t = 0 a wrong token is as rare as t and as dear as 1/t, so times are drawn with density 1/(2√t), which
 * keeps the variance finite.
 */
export function uniformNelbo(
  rows: readonly Int32Array[],
  score: PositionScorer,
  vocabulary: Pick<Vocabulary, 'mask' | 'textSize'>,
  process: UniformProcess,
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const { textSize } = vocabulary
  return estimateBound(rows, score, options, {
    name: 'uniform-nelbo',
    draw(row, free, { rng, ...stratum }) {
      const root = stratified({ rng, ...stratum })
      const t = root ** 2
      const noisy = process.corrupt(row, t, rng.fork('noise').uniforms(row.length), vocabulary)
      const draw = emptyDraw(row)
      for (const l of free) {
        draw.input[l] = noisy[l]
        draw.weights[l] = 2 * root * process.weight(t, textSize)
        draw.times[l] = t
      }
      return draw
    },
    prior: (n) => n * process.priorNats(textSize),
  })
}

const emptyDraw = (row: Int32Array): Draw => ({
  input: row.slice(),
  weights: new Float64Array(row.length),
  times: new Float64Array(row.length),
})

/** Masks l ~ U{1 … n} of each group's n positions, each with the weight n/l. */
function maskSome(
  row: Int32Array,
  groups: readonly (readonly number[])[],
  mask: number,
  stratum: Stratum,
): Draw {
  const draw = emptyDraw(row)
  for (const [g, group] of groups.entries()) {
    const n = group.length
    const rng = g === 0 ? stratum.rng.fork('mask') : stratum.rng.fork('mask', g)
    // Groups take strata far apart (golden section), so that a draw has few masks here and many there.
    const shift = Math.floor(((0.618 * g) % 1) * stratum.count)
    const count = 1 + Math.min(n - 1, Math.floor(n * stratified(stratum, shift)))
    for (const i of rng.permutation(n).subarray(0, count)) {
      draw.input[group[i]] = mask
      draw.weights[group[i]] = n / count
    }
  }
  return draw
}

/** Positions by the block of the model that they lie in. */
function inBlocks(positions: readonly number[], blockLength: number): number[][] {
  const blocks = new Map<number, number[]>()
  for (const position of positions) {
    const block = Math.floor(position / blockLength)
    const held = blocks.get(block)
    if (held === undefined) blocks.set(block, [position])
    else held.push(position)
  }
  return [...blocks.values()]
}
