/**
 * @file The backbone on our kernels: in training an op a block, in inference a single one. `composedBackbone` defines what
 * it computes.
 */
import { isRecording } from '../autodiff.ts'
import { inferBlocks, type Kernels, type Mixing } from '../kernels/index.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import type { BackboneCache, BackboneShape, BackboneWeights, CachedShape } from './block.ts'
import { blockPointers, fusedBlock, kernelShape } from './fused-block.ts'
import { epsilon, rmsNorm } from './norm.ts'
import type { RopeTables } from './rope.ts'

/** As `backbone`. Recorded it is an op a block; else it is one op that keeps nothing. */
export function fusedBackbone(
  kernels: Kernels,
  x: Tensor,
  weights: BackboneWeights,
  tables: RopeTables,
  shape: BackboneShape,
): Tensor {
  if (!isRecording()) {
    const { attention, blockLength } = shape
    const mixing = { causal: attention === 'causal', ...(attention === 'block' && { blockLength }) }
    return infer(kernels, x, weights, tables, shape, { kind: 'full', ...mixing })
  }
  const h = weights.blocks.reduce((at, block) => fusedBlock(kernels, at, block, tables, shape), x)
  return rmsNorm(h, weights.finalNorm)
}

/** As `cachedBackbone`. */
export function fusedCachedBackbone(
  kernels: Kernels,
  x: Tensor,
  weights: BackboneWeights,
  tables: RopeTables,
  shape: CachedShape,
  { spans, maxLength, blocks }: BackboneCache,
): Tensor {
  const rows = { ...shape, batch: 1, length: x.shape[0] as number }
  return infer(kernels, x, weights, tables, rows, {
    kind: 'cached',
    spans,
    maxLength,
    causal: shape.attention === 'causal',
    caches: blocks.map(({ k, v, history }) => ({
      k: pointer(k),
      v: pointer(v),
      history: history === null ? 0 : pointer(history),
    })),
  })
}

function infer(
  kernels: Kernels,
  x: Tensor,
  { blocks, finalNorm }: BackboneWeights,
  tables: RopeTables,
  shape: BackboneShape,
  mixing: Mixing,
): Tensor {
  const [n, d] = x.shape as [number, number]
  const out = allocate([n, d])
  const h = allocate([n, d])
  const rstd = allocate([n])
  kernels.copyFloats(pointer(h), pointer(x), n * d)
  inferBlocks(kernels, pointer(h), blocks.map(blockPointers), kernelShape(blocks[0], tables, shape), mixing)
  kernels.rmsNormForward(pointer(h), pointer(finalNorm), pointer(out), pointer(rstd), n, d, epsilon)
  h.dispose()
  rstd.dispose()
  return out
}
