/**
 * @file The sampling loop: S steps of one ζ-family down the quantiles of the schedule, then one clean-up pass at
 * gammaMin whose most likely tokens are the text. NFE = S + 1. Sampler-specific is only ζ.
 */
import {
  type Decoding,
  freePositions,
  type Generation,
  type GenerationRequest,
  type RowState,
  startDecoding,
  type TraceEvent,
  textElsewhere,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { type DrawOptions, parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import { type Denoiser, type Prediction, predict } from '../denoiser.ts'
import { alphaOf, type NoiseSchedule, stepGrid } from '../process.ts'
import { ddim, gaussianAncestral, gaussianStep, type Zeta } from './step.ts'

/** ζ of every sampler. */
const zetas: Readonly<Record<SamplerConfigOf<'continuous-diffusion'>['type'], Zeta>> = {
  ddim,
  'gaussian-ancestral': gaussianAncestral,
}

export type GaussianSampling = {
  readonly denoiser: Denoiser
  readonly schedule: NoiseSchedule
  readonly vocabulary: Vocabulary
}

/** The rows that have something to write, and their states. */
type Canvas = {
  readonly rows: readonly RowState[]
  readonly batch: number
  readonly length: number
  readonly z: Float64Array // [B·L·d]
}

/**
 * Writes every free position of the canvas. The options of the draw shape the distributions of the S steps, whose means
 * they are; the final pass takes the argmax of the model's own. Until then a row shows the most likely token of each
 * position. Frozen positions stay pinned to α₀·e at gammaMin. Noise is keyed by (seed, row, step).
 * @throws InputError for a sampler of another paradigm.
 */
export async function* decodeGaussian(
  sampling: GaussianSampling,
  request: GenerationRequest,
): AsyncGenerator<TraceEvent, Generation, void> {
  const { denoiser, schedule, vocabulary } = sampling
  const sampler = parseSamplerOf('continuous-diffusion', request.sampler)
  const decoding = startDecoding(request, vocabulary)
  const rng = createRng(request.seed).fork('continuous-diffusion')
  const canvas = createCanvas(sampling, decoding, rng)
  if (canvas.batch === 0) return decoding.end()
  const pass = createPass(sampling, canvas, decoding)

  const grid = stepGrid(schedule, sampler.steps)
  for (let i = 0; i < sampler.steps; i++) {
    if (await decoding.aborted()) return decoding.end()
    const { mean } = await pass(grid[i], sampler)
    const [gammaFrom, gammaTo] = [grid[i], grid[i + 1]]
    const zeta = zetas[sampler.type](gammaFrom, gammaTo)
    advance(canvas, denoiser.dim, mean, { gammaFrom, gammaTo, zeta }, rng, i)
    for (const row of canvas.rows) if (decoding.watches(row)) yield decoding.event(row, i + 1, [])
  }
  if (await decoding.aborted()) return decoding.end()
  await pass(schedule.gammaMin, { temperature: 1 })
  decoding.countWritten()
  for (const row of canvas.rows) {
    if (!decoding.cutAtStop(row)) row.finish = 'length'
    if (decoding.watches(row))
      yield decoding.event(row, sampler.steps + 1, freePositions(row.tokens.length, row.frozen))
  }
  return decoding.end()
}

type Pass = (gamma: number, options: DrawOptions) => Promise<Prediction>

/** One forward of the whole canvas at a noise level, after which its rows show what it predicts. */
function createPass(
  { denoiser, schedule, vocabulary }: GaussianSampling,
  canvas: Canvas,
  decoding: Decoding,
): Pass {
  const { rows, batch, length } = canvas
  let mean: Float32Array | null = null
  return async (gamma, options) => {
    const logits = await denoiser.logits({
      batch,
      length,
      z: Float32Array.from(canvas.z),
      gamma: gammas(canvas, gamma, schedule),
      selfCondition: denoiser.selfConditioned ? mean : null,
    })
    decoding.countForward(rows, length)
    const prediction = predict(denoiser, logits, options, (i) =>
      textElsewhere(rows[Math.floor(i / length)], i % length, vocabulary.mask),
    )
    mean = prediction.mean
    show(rows, prediction)
    return prediction
  }
}

/** z ~ N(0, I) where free, α₀·e where frozen. */
function createCanvas({ denoiser, schedule }: GaussianSampling, decoding: Decoding, rng: Rng): Canvas {
  const { dim, embeddings } = denoiser
  const rows = decoding.rows.filter(({ finish }) => finish === null)
  const length = rows[0]?.tokens.length ?? 0
  const z = new Float64Array(rows.length * length * dim)
  const alpha = alphaOf(schedule.gammaMin)
  rows.forEach(({ index, tokens, frozen }, b) => {
    z.set(rng.fork('start', index).normals(length * dim), b * length * dim)
    for (let l = 0; l < length; l++) {
      if (frozen[l] !== 1) continue
      for (let k = 0; k < dim; k++) z[(b * length + l) * dim + k] = alpha * embeddings[tokens[l] * dim + k]
    }
  })
  return { rows, batch: rows.length, length, z }
}

/** γ of every position: the step's where free, gammaMin where frozen. [B·L]. */
function gammas({ rows, length }: Canvas, gamma: number, { gammaMin }: NoiseSchedule): Float32Array {
  const out = new Float32Array(rows.length * length).fill(gamma)
  rows.forEach(({ frozen }, b) => {
    for (let l = 0; l < length; l++) if (frozen[l] === 1) out[b * length + l] = gammaMin
  })
  return out
}

/** One step of every row; frozen positions keep their z. */
function advance(
  { rows, length, z }: Canvas,
  dim: number,
  mean: Float32Array,
  step: { gammaFrom: number; gammaTo: number; zeta: number },
  rng: Rng,
  number: number,
): void {
  const size = length * dim
  rows.forEach(({ index, frozen }, b) => {
    const row = z.subarray(b * size, (b + 1) * size)
    const held = row.slice()
    const noise = step.zeta > 0 ? rng.fork('step', index, number).normals(size) : undefined
    gaussianStep({ ...step, z: row, mean: mean.subarray(b * size, (b + 1) * size), noise })
    for (let l = 0; l < length; l++)
      if (frozen[l] === 1) row.set(held.subarray(l * dim, (l + 1) * dim), l * dim)
  })
}

/** Puts the most likely token at each free position. */
function show(rows: readonly RowState[], { best, confidence }: Prediction): void {
  rows.forEach((row, b) => {
    const { length } = row.tokens
    for (let l = 0; l < length; l++) {
      if (row.frozen[l] === 1) continue
      row.tokens[l] = best[b * length + l]
      row.confidence[l] = confidence[b * length + l]
    }
  })
}
