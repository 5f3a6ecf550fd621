/**
 * @file What the process needs of a space in which text lies: rows of text as vectors, and an estimate of the clean ones
 * from noisy ones. Bound and samplers know no more, so a trained network and an exact posterior serve them alike.
 */
import type { DrawOptions } from '@trivium/schema'

/** A row of text and what of it is given. Tokens that are not given need not be text where a row is still written. */
export type Condition = { readonly tokens: Int32Array; readonly given: Uint8Array }

/** Rows of one length as states, row-major. */
export type CleanStates = {
  /** [B·N·d]; what a sampler encodes is read where it is fixed alone. */
  readonly clean: Float32Array
  /** [B·N], 1: known from the given tokens alone. */
  readonly fixed: Uint8Array
}

/** Noisy states of a batch, and the rows that they stand for. */
export type NoisyStates = {
  readonly rows: readonly Condition[]
  /** z [B·N·d]. */
  readonly z: Float32Array
  /** Noise level of every state [B·N]. */
  readonly gamma: Float32Array
  /** An earlier estimate x̂ [B·N·d], or null for a first pass. */
  readonly selfCondition: Float32Array | null
}

/** What text an estimate stands for, by position. */
export type Reading = {
  /** Unnormalised log-probabilities [B·L·V]. */
  readonly logits: Float32Array
  /** Most likely token [B·L], under the options of the pass. */
  readonly best: Int32Array
  /** Its probability [B·L], before all options. */
  readonly confidence: Float32Array
}

export type Estimate = {
  /** x̂ [B·N·d]. */
  readonly mean: Float32Array
  read(): Promise<Reading>
}

/** How a pass shapes distributions over tokens, where the space knows tokens between noise and text. */
export type PassOptions = DrawOptions & {
  /** What the repetition penalty looks at. */
  readonly written?: (row: number, position: number) => Iterable<number>
}

export interface StateSpace {
  /** d, coordinates of a state. */
  readonly dim: number
  /** V, tokens that can be written. */
  readonly textSize: number
  /** ‖x‖² of every clean state. */
  readonly squaredNorm: number
  /** Whether the network was trained with its own estimate as a second input. */
  readonly selfConditioned: boolean
  /** Whether reading text off an estimate takes an evaluation of its own, over N positions. */
  readonly decodes: boolean
  /** N, states of a row of L tokens. */
  states(length: number): number
  encode(rows: readonly Condition[]): Promise<CleanStates>
  /** One network evaluation over N query positions a row. */
  pass(states: NoisyStates, options?: PassOptions): Promise<Estimate>
  /** Estimates moved to the nearest clean states there are; absent where these cannot be listed. */
  nearest?(mean: Float32Array): Float32Array
}
