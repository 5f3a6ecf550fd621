/** @file The weights of the backbone and their initial values. */
import { type BackboneWeights, type BlockWeights, type ParamTree, type Tensor, tensor } from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BackboneConfig } from '@trivium/schema'

export type BackboneParams = BackboneWeights & {
  /** Learned positions [context, D], where the config has them. */
  readonly positions?: Tensor
} & ParamTree

/** A normal float32 matrix with standard deviation `std`. */
export function normalTensor(rng: Rng, shape: readonly number[], std: number): Tensor {
  const values = Float32Array.from(rng.normals(shape.reduce((a, b) => a * b, 1)), (z) => z * std)
  return tensor(values, shape)
}

const filled = (shape: readonly number[], value: number): Tensor =>
  tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape)

/**
 * Initial weights: 1/√fan-in, the two projections that write to the residual stream smaller by √(2·depth), gains 1,
 * convolution taps small.
 */
export function initBackbone(config: BackboneConfig, rng: Rng): BackboneParams {
  const { depth, width: d, mlpWidth: f } = config
  const residual = 1 / Math.sqrt(2 * depth)
  const blocks = Array.from({ length: depth }, (_, i): BlockWeights => {
    const draw = (name: string, shape: [number, number], gain = 1): Tensor =>
      normalTensor(rng.fork('block', i, name), shape, gain / Math.sqrt(shape[0]))
    return {
      attentionNorm: filled([d], 1),
      ...(config.convolution > 0 && {
        convolution: normalTensor(rng.fork('block', i, 'convolution'), [config.convolution, d], 0.1),
      }),
      query: draw('query', [d, d]),
      key: draw('key', [d, d]),
      value: draw('value', [d, d]),
      output: draw('output', [d, d], residual),
      mlpNorm: filled([d], 1),
      ...(config.mlp === 'swiglu' && { gate: draw('gate', [d, f]) }),
      up: draw('up', [d, f]),
      down: draw('down', [f, d], residual),
    }
  })
  return {
    ...(config.positions === 'table' && {
      positions: normalTensor(rng.fork('positions'), [config.context, d], 1 / Math.sqrt(d)),
    }),
    blocks,
    finalNorm: filled([d], 1),
  } as BackboneParams
}
