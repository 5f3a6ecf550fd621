/**
 * @file What a training batch feeds the network: noisy tokens and one weight a position. Drawn on the host, so that every
 * engine trains on the same noise.
 */
import { freeCounts, type LossContext, type TokenBatch, type Vocabulary } from '@trivium/language-model'
import type { MaskedOptions } from '@trivium/schema'
import type { AbsorbingProcess } from './absorbing.ts'
import { createProcess, type DiscreteProcess, stratifiedTime } from './process.ts'
import type { UniformProcess } from './uniform.ts'

/** Largest weight of `clipped`. */
const clipAt = 10

/**
 * Weight of one masked token at time t, before the division by B·L:
 * - `elbo`: −α′/(1−α), so that the loss is the NELBO in nats a token (MDLM §3.4; LLaDA 2502.09992 eq. 3);
 * - `flat`: every masked token alike. Divided by the expected masked share, so that the loss reads as nats a masked token
 *   and its size does not depend on the schedule;
 * - `clipped`: min(elbo, 10).
 */
export function trainingWeight(
  process: AbsorbingProcess,
  { weighting, timeRange }: Pick<MaskedOptions, 'weighting' | 'timeRange'>,
  t: number,
): number {
  if (weighting === 'flat') return 1 / process.meanMasked(timeRange)
  return weighting === 'elbo' ? process.weight(t) : Math.min(process.weight(t), clipAt)
}

/** The same for any token of a uniform-state model: `elbo` weighs the score entropy, `flat` the cross-entropy of x₀. */
function uniformWeight(
  process: UniformProcess,
  { weighting }: Pick<MaskedOptions, 'weighting'>,
  t: number,
  textSize: number,
): number {
  return weighting === 'elbo' ? process.weight(t, textSize) : 1
}

/** Row-major [B·L]. */
export type NoisyBatch = {
  readonly inputs: Int32Array
  /** loss = Σ weight · cost of a position. */
  readonly weights: Float32Array
  /** t of each position; 0 where it is given. */
  readonly times: Float64Array
  /** Places in `inputs` that are MASK for a draft: the network's own predictions are to stand there. */
  readonly drafts: number[]
}
type Place = Pick<LossContext, 'rng' | 'rowOffset' | 'totalRows'>

/**
 * Corrupts a batch and weighs its positions. Given positions stay as they are.
 *
 * Times are stratified over the whole optimiser step, (u + i)/totalRows: strata for each micro-batch alone would give
 * the variance back. With blocks each block of a row has a time of its own, stratified over the rows alike. Weights divide by the B
 * rows and by ALL tokens of a row that are not given: dividing by the masked count would silently drop 1/t. Visible
 * positions of the absorbing process weigh 0: under SUBS (MDLM §3.2.3) they are carried over with probability 1 and cost
 * nothing. In the uniform-state process every position may be wrong, and costs.
 */
export function corruptBatch(
  rows: TokenBatch,
  place: LossContext,
  options: MaskedOptions,
  vocabulary: Vocabulary,
): NoisyBatch {
  const { tokens, batch, length, given } = rows
  const process = createProcess(options)
  const counts = freeCounts(rows)
  const inputs = tokens.slice()
  const weights = new Float32Array(batch * length)
  const times = new Float64Array(batch * length)
  const weightOf = weighing(process, options, vocabulary)
  const timeOf = drawTimes(place, options)
  for (let b = 0; b < batch; b++) {
    const row = place.rowOffset + b
    const uniforms = place.rng.fork('mask', row).uniforms(length)
    for (let start = 0; start < length; start += options.blockLength ?? length) {
      const end = Math.min(length, start + (options.blockLength ?? length))
      const t = timeOf(row, start / (options.blockLength ?? length))
      const clean = tokens.subarray(b * length + start, b * length + end)
      const noisy = process.corrupt(clean, t, uniforms.subarray(start, end), vocabulary)
      for (let l = start; l < end; l++) {
        const i = b * length + l
        if (given?.[i] === 1) continue
        inputs[i] = noisy[l - start]
        times[i] = t
        weights[i] = weightOf(inputs[i], t) / (batch * counts[b])
      }
    }
  }
  const noisy = { inputs, weights, times, drafts: [] }
  if (options.visibleNoise > 0 && (place.step - 1) / place.totalSteps >= options.visibleFrom)
    spoilVisible(noisy, rows, place, options, vocabulary)
  return noisy
}

/**
 * Makes visible tokens wrong, up to a share `visibleNoise` of a row, and weighs every visible token 1: the network learns which
 * to keep and what the others should be. A share `drafts` of the rows leaves their places to the network itself: random
 * tokens are unlike the errors of parallel decoding (2606.17175).
 */
function spoilVisible(
  { inputs, weights, drafts }: NoisyBatch,
  rows: TokenBatch,
  { rng, rowOffset }: Place,
  options: MaskedOptions,
  { mask, textSize }: Vocabulary,
): void {
  const { batch, length, given } = rows
  const counts = freeCounts(rows)
  for (let b = 0; b < batch; b++) {
    const draw = rng.fork('visible', rowOffset + b)
    const share = options.visibleNoise * draw.fork('share').uniform()
    const drafted = draw.fork('draft').uniform() < options.drafts
    const uniforms = draw.uniforms(length)
    for (let l = 0; l < length; l++) {
      const i = b * length + l
      if (inputs[i] === mask || given?.[i] === 1) continue
      weights[i] = 1 / (batch * counts[b])
      if (uniforms[l] >= share) continue
      // What is left of the uniform chooses among the other tokens.
      const other = 1 + Math.min(textSize - 2, Math.floor((uniforms[l] / share) * (textSize - 1)))
      if (drafted) drafts.push(i)
      inputs[i] = drafted ? mask : (inputs[i] + other) % textSize
    }
  }
}

/** Weight of a position by what it shows. */
function weighing(
  process: DiscreteProcess,
  options: MaskedOptions,
  { mask, textSize }: Vocabulary,
): (shown: number, t: number) => number {
  if (process.type === 'uniform') return (_, t) => uniformWeight(process, options, t, textSize)
  return (shown, t) => (shown === mask ? trainingWeight(process, options, t) : 0)
}

/** The time of a block of a row, in `timeRange`. */
function drawTimes(
  { rng, totalRows }: Place,
  { timeRange: [from, to] }: Pick<MaskedOptions, 'timeRange'>,
): (row: number, block: number) => number {
  const u = rng.fork('time').uniform()
  return (row, block) => {
    const shift = block === 0 ? 0 : rng.fork('time', block).uniform()
    return from + (to - from) * ((stratifiedTime(u, row, totalRows) + shift) % 1)
  }
}

/**
 * With probability `share` the batch cut to a random length (LLaDA 2502.09992 §2.2), so that the network knows rows that are
 * shorter than its context. Rows with conditions keep their length.
 */
export function cutLength(batch: TokenBatch, { rng, rowOffset }: Place, share: number): TokenBatch {
  const { tokens, batch: rows, length, given } = batch
  const draw = rng.fork('length', rowOffset)
  if (given !== undefined || draw.uniform() >= share) return batch
  const cut = 1 + draw.fork('cut').integer(length)
  const out = new Int32Array(rows * cut)
  for (let b = 0; b < rows; b++) out.set(tokens.subarray(b * length, b * length + cut), b * cut)
  return { tokens: out, batch: rows, length: cut }
}
