/** @file The networks of discrete diffusion: one backbone that reads noisy rows whole, with their times, or block by block. */
import { add, embedding, intTensor, type Tensor } from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BackboneConfig, MaskedOptions } from '@trivium/schema'
import {
  blockTokenLogits,
  initTime,
  initTokenNetwork,
  type TimeParams,
  type TokenNetworkParams,
  type TokenRows,
  timeEmbedding,
  tokenLogits,
  trunkLogits,
} from '@trivium/transformer'
import { createUniformProcess } from './uniform.ts'

export type MaskedDiffusionParams = TokenNetworkParams & {
  /** Of uniform-state models: what is noise there depends on t. A mask says so itself. */
  readonly time?: TimeParams
}

/** Initial weights; the head is zero, so the first prediction is uniform. */
export function initParams(
  backbone: BackboneConfig,
  { process }: Pick<MaskedOptions, 'process'>,
  vocabulary: { readonly size: number; readonly textSize: number },
  rng: Rng,
): MaskedDiffusionParams {
  const network = initTokenNetwork(backbone, vocabulary, rng)
  return process === 'uniform' ? { ...network, time: initTime(backbone.width, rng) } : network
}

export type NoisyRows = TokenRows & {
  /** t of each position [B·L], 0 where it is given; read by uniform-state models. */
  readonly times: Float64Array
  /** The text that earlier blocks are read from [B·L]; read by block models. */
  readonly clean: Int32Array
}

/** Logits [B·L, textSize] of x₀ at every position. */
export type Network = (params: MaskedDiffusionParams, rows: NoisyRows) => Tensor

export function createNetwork(backbone: BackboneConfig, options: MaskedOptions): Network {
  const { blockLength } = options
  if (blockLength !== undefined)
    return (params, rows) => blockTokenLogits(params, backbone, { ...rows, blockLength })
  if (options.process === 'absorbing')
    return (params, rows) => tokenLogits(params, backbone, rows, { attention: 'bidirectional' })
  const process = createUniformProcess(options.schedule)
  return (params, { tokens, times, batch, length }) => {
    const x = embedding(params.embedding, intTensor(tokens, [batch * length])) // [B·L, D]
    const time = timeEmbedding(params.time as TimeParams, Float32Array.from(times, process.logNoise))
    return trunkLogits(params, backbone, add(x, time), { batch, length, attention: 'bidirectional' })
  }
}
