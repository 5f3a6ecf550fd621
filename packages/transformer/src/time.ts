/** @file Time as an input of a network: one vector a position, added to what the backbone reads. */
import {
  embedding,
  intTensor,
  linear,
  type ParamTree,
  silu,
  type Tensor,
  tensor,
  zeros,
} from '@trivium/engine'
import type { Rng } from '@trivium/random'
import { normalTensor } from './params.ts'

/** Sinusoids of the time and hidden units of its MLP: small, so that totals match networks without time within 2%. */
const sinusoids = 32
const timeHidden = 32

export type TimeParams = {
  readonly hidden: Tensor // [32, H]
  readonly hiddenBias: Tensor // [H]
  readonly output: Tensor // [H, D]
  readonly outputBias: Tensor // [D]
} & ParamTree

/** Initial weights for a residual stream of `width`. */
export function initTime(width: number, rng: Rng): TimeParams {
  return {
    hidden: normalTensor(rng.fork('time', 0), [sinusoids, timeHidden], 1 / Math.sqrt(sinusoids)),
    hiddenBias: zeros([timeHidden]),
    output: normalTensor(rng.fork('time', 1), [timeHidden, width], 1 / Math.sqrt(timeHidden)),
    outputBias: zeros([width]),
  } as TimeParams
}

/**
 * MLP of sinusoids, computed once for each distinct time and spread over the positions: times [N] → [N, D]. A time is the
 * log of noise over signal, about −8 … 8.
 */
export function timeEmbedding(params: TimeParams, times: Float32Array): Tensor {
  const rowOf = new Map<number, number>()
  const ids = Int32Array.from(times, (time) => {
    const row = rowOf.get(time) ?? rowOf.size
    rowOf.set(time, row)
    return row
  })
  const features = new Float32Array(rowOf.size * sinusoids)
  for (const [time, row] of rowOf) features.set(sinusoidsOf(time), row * sinusoids)
  const hidden = silu(linear(tensor(features, [rowOf.size, sinusoids]), params.hidden, params.hiddenBias))
  const table = linear(hidden, params.output, params.outputBias) // [rows, D]
  return embedding(table, intTensor(ids, [ids.length]))
}

/** sin and cos of ω·time with ω geometric from 0.25 to 8: from one slow sweep over the range to a tenth of it. */
function sinusoidsOf(time: number): Float32Array {
  const half = sinusoids / 2
  return Float32Array.from({ length: sinusoids }, (_, i) => {
    const omega = 0.25 * 32 ** ((i % half) / (half - 1))
    return i < half ? Math.sin(omega * time) : Math.cos(omega * time)
  })
}
