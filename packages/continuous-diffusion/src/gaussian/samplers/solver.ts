/** @file What a sampler is to the loop: one step of some paths down an interval of γ, with as many evaluations as it takes. */
import type { Path } from './path.ts'

export type Interval = {
  readonly gammaFrom: number
  /** Below gammaFrom: less noise. */
  readonly gammaTo: number
}

/** What a solver has to work with in one step. */
export type Walk = {
  readonly paths: readonly Path[]
  /** x̂ of each path at its present z: one evaluation of the network, which is charged and shown. */
  estimate(paths: readonly Path[], gamma: number): Promise<ReadonlyMap<Path, Float32Array>>
  /** The path's standard normals of this step [N·d]. */
  noise(path: Path): Float64Array
}

/** Moves `z` of every path from gammaFrom to gammaTo. */
export type Solver = (walk: Walk, interval: Interval) => Promise<void>
