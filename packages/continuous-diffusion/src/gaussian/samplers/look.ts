/**
 * @file The network's look at some paths: what it is shown, what that costs, guidance, and the text that the paths show
 * afterwards.
 */
import { type Decoding, drawToken, textElsewhere, type Vocabulary } from '@trivium/language-model'
import type { NoiseSchedule } from '../process.ts'
import { entropyAt } from '../reading.ts'
import type { Condition, Estimate, NoisyStates, StateSpace } from '../space.ts'
import type { Path } from './path.ts'
import type { GaussianSampler } from './solvers.ts'

type Looking = {
  readonly space: StateSpace
  readonly schedule: NoiseSchedule
  readonly vocabulary: Vocabulary
  readonly decoding: Decoding
}

export type Look = {
  /** x̂ of each path at noise level γ, under the sampler's options. */
  at(paths: readonly Path[], gamma: number): Promise<ReadonlyMap<Path, Float32Array>>
  /** Shows the step's text where somebody wants it, and finishes the paths whose text has settled. */
  afterStep(watched: (path: Path) => boolean): Promise<void>
  /** Shows what the last look saw. */
  showLast(): Promise<void>
  /** The clean-up pass at gammaMin under the model's own distribution; its text is what the paths write. */
  readOff(paths: readonly Path[]): Promise<void>
}

/** Mean entropy below which a text that stands still has settled, nats a free position. */
const settledEntropy = 0.1

export function createLook(on: Looking, sampler: GaussianSampler): Look {
  const { space, decoding } = on
  const { patience, repetitionPenalty: penalty = 1 } = sampler
  let last: { paths: readonly Path[]; estimate: Estimate } | null = null
  const read = async (paths: readonly Path[], estimate: Estimate, withEntropy: (path: Path) => boolean) => {
    const reading = await estimate.read()
    show(paths, reading, space.textSize, withEntropy)
    if (space.decodes) verify(paths, reading.best)
    return reading
  }
  return {
    async at(paths, gamma) {
      const estimate = await pass(on, paths, gamma, sampler)
      let { mean } = estimate
      if (sampler.guidance !== undefined) mean = await guided(on, paths, gamma, sampler, mean)
      if (sampler.clamp === true) mean = space.nearest?.(mean) ?? mean
      last = { paths, estimate }
      return keepMeans(paths, mean)
    },
    async afterStep(watched) {
      if (last === null) return
      const { paths, estimate } = last
      // The penalty looks at the text of the step before.
      if (patience === undefined && penalty === 1 && !paths.some(watched)) return
      if (patience !== undefined && space.decodes) charge(decoding, paths)
      const before = paths.map(({ tokens }) => tokens.slice())
      await read(paths, estimate, (path) => patience !== undefined || watched(path))
      if (patience !== undefined)
        paths.forEach((path, p) => {
          settle(path, before[p], patience)
        })
    },
    async showLast() {
      if (last !== null) await read(last.paths, last.estimate, () => false)
    },
    async readOff(paths) {
      if (paths.length === 0) return
      const estimate = await pass(on, paths, on.schedule.gammaMin, { temperature: 1 })
      if (space.decodes) charge(decoding, paths)
      const reading = await read(
        paths,
        estimate,
        ({ row }) => patience !== undefined || decoding.watches(row),
      )
      if (sampler.final === 'draw') draw(on, paths, reading.logits, sampler)
    },
  }
}

type PassDraw = Pick<GaussianSampler, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>

/** One evaluation, fixed states standing clean at gammaMin. */
async function pass(
  { space, schedule, vocabulary, decoding }: Looking,
  paths: readonly Path[],
  gamma: number,
  { temperature, topK, topP, minP, repetitionPenalty }: PassDraw,
): Promise<Estimate> {
  const rows = paths.map(({ row, tokens }) => ({ tokens, given: row.frozen }))
  const estimate = await space.pass(shown(space, paths, rows, gamma, schedule.gammaMin), {
    temperature,
    topK,
    topP,
    minP,
    repetitionPenalty,
    written: (p, position) => textElsewhere(paths[p], position, vocabulary.mask),
  })
  charge(decoding, paths)
  return estimate
}

/** The paths as the network sees them at γ, their fixed states at a level of their own. */
function shown(
  { dim, selfConditioned }: StateSpace,
  paths: readonly Path[],
  rows: readonly Condition[],
  gamma: number,
  fixedGamma: number,
): NoisyStates {
  const states = paths[0].fixed.length
  const size = states * dim
  const z = new Float32Array(paths.length * size)
  const levels = new Float32Array(paths.length * states).fill(gamma)
  const seen = selfConditioned && paths[0].mean !== null ? new Float32Array(z.length) : null
  paths.forEach((path, p) => {
    z.set(path.z, p * size)
    if (path.mean !== null) seen?.set(path.mean, p * size)
    for (let n = 0; n < states; n++) {
      if (path.fixed[n] === 0) continue
      levels[p * states + n] = fixedGamma
      z.set(path.pinned.subarray(n * dim, (n + 1) * dim), p * size + n * dim)
    }
  })
  return { rows, z, gamma: levels, selfCondition: seen }
}

/**
 * x̂ = x̂_free + w·(x̂ − x̂_free) (classifier-free guidance, 2207.12598): away from what the network would say if pure noise
 * stood where the condition is. A second evaluation.
 */
async function guided(
  { space, schedule, decoding }: Looking,
  paths: readonly Path[],
  gamma: number,
  { guidance: weight = 1, temperature, topK, topP, minP }: GaussianSampler,
  mean: Float32Array,
): Promise<Float32Array> {
  const free = paths.map((path) => {
    const noise = path.rng.fork('unconditional', path.row.index).normals(path.z.length)
    return { ...path, pinned: noise, mean: path.unconditional }
  })
  const rows = paths.map(({ row }) => ({ tokens: row.tokens, given: new Uint8Array(row.tokens.length) }))
  const input = shown(space, free, rows, gamma, schedule.gammaMax)
  const { mean: unconditional } = await space.pass(input, { temperature, topK, topP, minP })
  charge(decoding, paths)
  const size = mean.length / paths.length
  paths.forEach((path, p) => {
    path.unconditional = unconditional.subarray(p * size, (p + 1) * size)
  })
  return mean.map((x, i) => unconditional[i] + weight * (x - unconditional[i]))
}

/** One evaluation over the rows of each candidate. */
function charge(decoding: Decoding, paths: readonly Path[]): void {
  const positions = paths[0].fixed.length
  for (const candidate of new Set(paths.map((path) => path.candidate))) {
    const own = paths.filter((path) => path.candidate === candidate)
    decoding.countForward(
      own.map(({ row }) => row),
      positions,
    )
  }
}

function keepMeans(paths: readonly Path[], mean: Float32Array): Map<Path, Float32Array> {
  const size = mean.length / paths.length
  return new Map(
    paths.map((path, p) => {
      const own = mean.subarray(p * size, (p + 1) * size)
      path.mean = own
      return [path, own]
    }),
  )
}

type Shown = { readonly logits: Float32Array; readonly best: Int32Array; readonly confidence: Float32Array }

/** Puts the most likely token at each free position, and its entropy where it is asked for. */
function show(
  paths: readonly Path[],
  { logits, best, confidence }: Shown,
  textSize: number,
  withEntropy: (path: Path) => boolean,
): void {
  paths.forEach((path, p) => {
    const { length } = path.tokens
    path.entropy = withEntropy(path) ? new Float32Array(length) : null
    for (let l = 0; l < length; l++) {
      if (path.row.frozen[l] === 1) continue
      path.tokens[l] = best[p * length + l]
      path.confidence[l] = confidence[p * length + l]
      if (path.entropy !== null) path.entropy[l] = entropyAt(logits, p * length + l, textSize)
    }
  })
}

/** Counts the given positions at which a decoder would have written something else. `best` [B·L]. */
function verify(paths: readonly Path[], best: Int32Array): void {
  paths.forEach((path, p) => {
    const { row, tokens } = path
    path.overruled = tokens.reduce(
      (n, token, l) => n + (row.frozen[l] === 1 && best[p * tokens.length + l] !== token ? 1 : 0),
      0,
    )
  })
}

/** Draws each free position by itself in place of its most likely token. `logits` [B·L·V]. */
function draw(
  { vocabulary }: Looking,
  paths: readonly Path[],
  logits: Float32Array,
  sampler: GaussianSampler,
): void {
  const { textSize } = vocabulary
  paths.forEach((path, p) => {
    const { length } = path.tokens
    const uniforms = path.rng.fork('final', path.row.index).uniforms(length)
    for (let l = 0; l < length; l++) {
      if (path.row.frozen[l] === 1) continue
      const at = logits.subarray((p * length + l) * textSize, (p * length + l + 1) * textSize)
      const { token, confidence } = drawToken(
        at,
        sampler,
        uniforms[l],
        textElsewhere(path, l, vocabulary.mask),
      )
      path.tokens[l] = token
      path.confidence[l] = confidence
    }
  })
}

function settle(path: Path, before: Int32Array, patience: number): void {
  const moved = path.tokens.some((token, l) => token !== before[l])
  path.still = moved ? 0 : path.still + 1
  const free = path.row.frozen.reduce((n, flag) => n + (flag === 1 ? 0 : 1), 0)
  const entropy = (path.entropy as Float32Array).reduce((total, x) => total + x, 0) / free
  path.finished = path.still >= patience && entropy < settledEntropy
}
