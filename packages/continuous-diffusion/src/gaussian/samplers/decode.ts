/**
 * @file The sampling loop over any state space: S steps of a solver down a grid of γ, then one clean-up pass at gammaMin
 * that the text is read off. What is specific to a sampler is its solver alone.
 */
import {
  type Decoding,
  freePositions,
  type Generation,
  type GenerationRequest,
  startDecoding,
  type TraceEvent,
  type Vocabulary,
} from '@trivium/language-model'
import { createRng, type Rng } from '@trivium/random'
import { InputError, parseSamplerOf } from '@trivium/schema'
import { type NoiseSchedule, stepGrid } from '../process.ts'
import type { StateSpace } from '../space.ts'
import { leastRisk } from './candidates.ts'
import { createLook, type Look } from './look.ts'
import { type Path, startPath } from './path.ts'
import { type GaussianSampler, solverOf } from './solvers.ts'

export type StateSampling = {
  readonly space: StateSpace
  readonly schedule: NoiseSchedule
  readonly vocabulary: Vocabulary
}

/**
 * Writes every free position of the canvas. The options of the draw shape the distributions of the S steps, whose means
 * they are; the final pass reads the model's own: its argmax, or a draw under these options. Until then a row shows the
 * most likely token of each position. Frozen positions stay pinned at gammaMin. Noise is keyed by (seed, row, step).
 * @throws InputError for a sampler of another paradigm, and for options that the canvas or the space has no use for
 */
export async function* decodeStates(
  sampling: StateSampling,
  request: GenerationRequest,
): AsyncGenerator<TraceEvent, Generation, void> {
  const { space, schedule, vocabulary } = sampling
  const sampler = parseSamplerOf('continuous-diffusion', request.sampler)
  if (request.logprobs !== undefined)
    throw new InputError(
      'logprobs are not known to continuous diffusion: its text is read off states that are all but clean; leave them out, or use another paradigm',
    )
  const decoding = startDecoding(request, vocabulary)
  const rng = createRng(request.seed).fork('continuous-diffusion')
  const paths = await startPaths(sampling, decoding, rng, sampler.candidates ?? 1)
  if (paths.length === 0) return decoding.end()
  checkOptions(sampler, space, paths)
  const look = createLook({ space, schedule, vocabulary, decoding }, sampler)
  const solve = solverOf(sampler)
  const grid = stepGrid(schedule, sampler.steps, sampler.grid)
  const watched = ({ row, candidate }: Path): boolean => candidate === 0 && decoding.watches(row)

  for (let i = 0; i < sampler.steps; i++) {
    if (await stopped(decoding, look)) return decoding.end()
    const walking = paths.filter(({ finished }) => !finished)
    if (walking.length === 0) break
    const noise = (path: Path): Float64Array =>
      path.rng.fork('step', path.row.index, i).normals(path.z.length)
    const estimate = (some: readonly Path[], gamma: number) => look.at(some, gamma)
    await solve({ paths: walking, estimate, noise }, { gammaFrom: grid[i], gammaTo: grid[i + 1] })
    await look.afterStep(watched)
    for (const path of walking)
      if (watched(path)) yield decoding.event(path.row, i + 1, [], path.entropy ?? undefined)
  }
  if (await stopped(decoding, look)) return decoding.end()
  await look.readOff(paths.filter(({ finished }) => !finished))
  decoding.countWritten()
  for (const path of leastRisk(paths)) {
    const { row } = path
    row.overruled = path.overruled
    if (!decoding.cutAtStop(row)) row.finish = path.finished ? 'converged' : 'length'
    if (!decoding.watches(row)) continue
    const written = freePositions(row.tokens.length, row.frozen)
    yield decoding.event(row, sampler.steps + 1, written, path.entropy ?? undefined)
  }
  return decoding.end()
}

/** Whether the signal has fired; the rows then show what the last pass saw. */
async function stopped(decoding: Decoding, look: Look): Promise<boolean> {
  if (!(await decoding.aborted())) return false
  await look.showLast()
  return true
}

/** Every candidate of every row that has something to write. */
async function startPaths(
  { space, schedule }: StateSampling,
  decoding: Decoding,
  rng: Rng,
  candidates: number,
): Promise<Path[]> {
  const rows = decoding.rows.filter(({ finish }) => finish === null)
  if (rows.length === 0) return []
  const { clean, fixed } = await space.encode(rows.map(({ tokens, frozen }) => ({ tokens, given: frozen })))
  const states = fixed.length / rows.length
  return rows.flatMap((row, b) => {
    const from = b * states
    const own = {
      clean: clean.subarray(from * space.dim, (from + states) * space.dim),
      fixed: fixed.subarray(from, from + states),
    }
    return Array.from({ length: candidates }, (_, c) => startPath(row, c, rng, own, schedule.gammaMin))
  })
}

function checkOptions(sampler: GaussianSampler, space: StateSpace, paths: readonly Path[]): void {
  if (sampler.guidance !== undefined && !paths.some(({ row }) => row.frozen.includes(1)))
    throw new InputError(
      `guidance ${sampler.guidance} has nothing to lead to: no position of the canvas is given; leave it out`,
    )
  if (sampler.clamp === true && space.nearest === undefined)
    throw new InputError('clamp needs a space whose clean states are the tokens; leave it out for latents')
}
