/**
 * @file The sampling loop: S steps of one ζ-family down the quantiles of the schedule, then one clean-up pass at
 * gammaMin whose most likely tokens are the text. NFE = S + 1. Sampler-specific is only ζ.
 */
import {
  type Cost,
  freeCanvas,
  type GeneratedRow,
  type Generation,
  type GenerationRequest,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
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

type Canvas = {
  readonly batch: number
  readonly length: number
  readonly frozen: Uint8Array // [B·L]
  readonly tokens: Int32Array // [B·L], given text where frozen
  readonly z: Float64Array // [B·L·d]
}

/**
 * Writes every free position of the canvas. Temperature divides the logits of the S steps; the final pass takes the
 * argmax. Frozen positions stay pinned to α₀·e at gammaMin. Noise is keyed by (seed, row, step).
 * @throws InputError for a sampler of another paradigm.
 */
export async function sampleGaussian(
  sampling: GaussianSampling,
  request: GenerationRequest,
): Promise<Generation> {
  const { denoiser, schedule } = sampling
  const sampler = parseSamplerOf('continuous-diffusion', request.sampler)
  const zeta = zetas[sampler.type]
  const start = performance.now()
  const rng = createRng(request.seed).fork('continuous-diffusion')
  const grid = stepGrid(schedule, sampler.steps)
  const canvas = createCanvas(sampling, request, rng)
  const cost: Cost = { forwards: 0, tokenPositions: 0, cacheCommits: 0, ms: 0, msFirstToken: 0 }
  const trace = createTrace(canvas, request, cost, start)

  let mean: Float32Array | null = null
  const pass = async (gamma: number, temperature: number): Promise<Prediction> => {
    const logits = await denoiser.logits({
      ...canvas,
      z: Float32Array.from(canvas.z),
      gamma: gammas(canvas, gamma, schedule),
      selfCondition: denoiser.selfConditioned ? mean : null,
    })
    cost.forwards += 1
    cost.tokenPositions += canvas.batch * canvas.length
    const prediction = predict(denoiser, logits, temperature)
    mean = prediction.mean
    return prediction
  }
  for (let i = 0; i < sampler.steps; i++) {
    const prediction = await pass(grid[i], sampler.temperature)
    const to = grid[i + 1]
    advance(
      canvas,
      denoiser.dim,
      prediction.mean,
      { gammaFrom: grid[i], gammaTo: to, zeta: zeta(grid[i], to) },
      rng,
      i,
    )
    trace(prediction, false)
  }
  const last = await pass(schedule.gammaMin, 1)
  const rows = finish(sampling.vocabulary, canvas, request, last)
  cost.ms = performance.now() - start
  cost.msFirstToken = cost.ms
  trace(last, true, rows[0])
  return { rows, cost }
}

/** z ~ N(0, I) where free, α₀·e where frozen. */
function createCanvas(
  { denoiser, schedule }: GaussianSampling,
  request: GenerationRequest,
  rng: Rng,
): Canvas {
  const { dim, embeddings } = denoiser
  const batch = request.canvas.length
  const length = request.canvas[0].tokens.length
  const canvas = {
    batch,
    length,
    frozen: new Uint8Array(batch * length),
    tokens: new Int32Array(batch * length),
    z: new Float64Array(batch * length * dim),
  }
  const alpha = alphaOf(schedule.gammaMin)
  request.canvas.forEach(({ tokens, frozen }, b) => {
    canvas.frozen.set(frozen, b * length)
    canvas.tokens.set(tokens, b * length)
    canvas.z.set(rng.fork('start', b).normals(length * dim), b * length * dim)
    for (let l = 0; l < length; l++) {
      if (frozen[l] !== 1) continue
      for (let k = 0; k < dim; k++)
        canvas.z[(b * length + l) * dim + k] = alpha * embeddings[tokens[l] * dim + k]
    }
  })
  return canvas
}

/** γ of every position: the step's where free, gammaMin where frozen. */
function gammas({ frozen }: Canvas, gamma: number, { gammaMin }: NoiseSchedule): Float32Array {
  return Float32Array.from(frozen, (isFrozen) => (isFrozen === 1 ? gammaMin : gamma))
}

/** One step of every row; frozen positions keep their z. */
function advance(
  { batch, length, frozen, z }: Canvas,
  dim: number,
  mean: Float32Array,
  step: { gammaFrom: number; gammaTo: number; zeta: number },
  rng: Rng,
  index: number,
): void {
  const size = length * dim
  for (let b = 0; b < batch; b++) {
    const row = z.subarray(b * size, (b + 1) * size)
    const held = row.slice()
    const noise = step.zeta > 0 ? rng.fork('step', b, index).normals(size) : undefined
    gaussianStep({ ...step, z: row, mean: mean.subarray(b * size, (b + 1) * size), noise })
    for (let l = 0; l < length; l++)
      if (frozen[b * length + l] === 1) row.set(held.subarray(l * dim, (l + 1) * dim), l * dim)
  }
}

/** The most likely token at each free position; a row that ends in free text is cut at its first stop token. */
function finish(
  vocabulary: Vocabulary,
  canvas: Canvas,
  request: GenerationRequest,
  { best }: Prediction,
): GeneratedRow[] {
  const stops = request.stopTokens ?? []
  return request.canvas.map(({ frozen }, b) => {
    const tokens = freeCanvas(canvas.length, vocabulary).tokens
    for (let l = 0; l < canvas.length; l++) tokens[l] = shown(canvas, best, b * canvas.length + l)
    const tail = frozen.lastIndexOf(1) + 1
    const stop = tokens.findIndex((token, l) => l >= tail && stops.includes(token))
    if (stop < 0) return { tokens, finish: 'length' }
    return { tokens: tokens.fill(vocabulary.pad, stop + 1), finish: 'stop' }
  })
}

const shown = (canvas: Canvas, best: Int32Array, i: number): number =>
  canvas.frozen[i] === 1 ? canvas.tokens[i] : best[i]

type Trace = (prediction: Prediction, final: boolean, result?: GeneratedRow) => void

/** Snapshots of row 0: the most likely canvas after each pass. Every free position commits with the last one. */
function createTrace(
  canvas: Canvas,
  { onStep, canvas: [row] }: GenerationRequest,
  cost: Cost,
  start: number,
): Trace {
  if (onStep === undefined) return () => {}
  let previous: Int32Array | null = null
  const free = Array.from(row.frozen.keys()).filter((l) => row.frozen[l] !== 1)
  return ({ best, confidence }, final, result) => {
    const tokens =
      result?.tokens.slice() ?? Int32Array.from({ length: canvas.length }, (_, l) => shown(canvas, best, l))
    const before = previous
    const changed = before === null ? free : free.filter((l) => tokens[l] !== before[l])
    previous = tokens
    onStep({
      step: cost.forwards,
      forwards: cost.forwards,
      tMs: performance.now() - start,
      tokens,
      committed: final ? free : [],
      changed,
      confidence: Float32Array.from(tokens, (_, l) => (row.frozen[l] === 1 ? 1 : confidence[l])),
    })
  }
}
