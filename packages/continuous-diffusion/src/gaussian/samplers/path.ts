/** @file One text on its way from noise: its state, what the network last thought of it, and the text that it shows. */
import type { RowState } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import { alphaOf } from '../process.ts'
import type { CleanStates } from '../space.ts'

export type Path = {
  /** Whose text it is. Several candidates may stand for one row. */
  readonly row: RowState
  readonly candidate: number
  /** Keys its noise. */
  readonly rng: Rng
  /** z [N·d], in doubles so that many small steps do not add up rounding. Of no meaning where fixed. */
  readonly z: Float64Array
  /** 1: known from what is given [N]. */
  readonly fixed: Uint8Array
  /** α₀·x where fixed [N·d]: what the network sees there. */
  readonly pinned: Float64Array
  /** The last x̂ [N·d]; null before the first pass. */
  mean: Float32Array | null
  /** The last x̂ of a pass without the condition: guidance's own self-conditioning. */
  unconditional: Float32Array | null
  /** The last step's x̂, of a solver that keeps it. */
  previous: { readonly mean: Float32Array; readonly gamma: number } | null
  /** What it shows: the row's own text for the first candidate. */
  readonly tokens: Int32Array
  readonly confidence: Float32Array
  /** Entropies of its positions in nats; null unless somebody asked. */
  entropy: Float32Array | null
  /** Given positions that its decoder would have written otherwise; absent where there is none. */
  overruled?: number
  /** Steps in a row that left the text as it was. */
  still: number
  finished: boolean
}

/** z ~ N(0, I). The first candidate's noise is keyed by the row alone. */
export function startPath(
  row: RowState,
  candidate: number,
  rng: Rng,
  { clean, fixed }: CleanStates,
  gammaMin: number,
): Path {
  const alpha = alphaOf(gammaMin)
  const own = candidate === 0 ? rng : rng.fork('candidate', candidate)
  return {
    row,
    candidate,
    rng: own,
    z: own.fork('start', row.index).normals(clean.length),
    fixed,
    pinned: Float64Array.from(clean, (x) => alpha * x),
    mean: null,
    unconditional: null,
    previous: null,
    tokens: candidate === 0 ? row.tokens : row.tokens.slice(),
    confidence: candidate === 0 ? row.confidence : row.confidence.slice(),
    entropy: null,
    still: 0,
    finished: false,
  }
}
