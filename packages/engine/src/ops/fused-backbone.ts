/**
 * @file The backbone on our kernels: in training an op a block, in inference a single one. `composedBackbone` defines what
 * it computes.
 */
import { isRecording } from '../autodiff.ts'
import { inferBlocks, type Kernels, type Mixing } from '../kernels/index.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import type { BackboneCache, BackboneShape, BackboneWeights } from './block.ts'
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
  cache?: BackboneCache,
): Tensor {
  if (!isRecording()) return infer(kernels, x, weights, tables, shape, cache)
  const h = weights.blocks.reduce((at, block) => fusedBlock(kernels, at, block, tables, shape), x)
  return rmsNorm(h, weights.finalNorm)
}

function infer(
  kernels: Kernels,
  x: Tensor,
  { blocks, finalNorm }: BackboneWeights,
  tables: RopeTables,
  shape: BackboneShape,
  cache: BackboneCache | undefined,
): Tensor {
  const [n, d] = x.shape as [number, number]
  const out = allocate([n, d])
  const h = allocate([n, d])
  const rstd = allocate([n])
  kernels.copyFloats(pointer(h), pointer(x), n * d)
  inferBlocks(
    kernels,
    pointer(h),
    blocks.map(blockPointers),
    kernelShape(blocks[0], tables, shape),
    mixingOf(shape, cache),
  )
  kernels.rmsNormForward(pointer(h), pointer(finalNorm), pointer(out), pointer(rstd), n, d, epsilon)
  h.dispose()
  rstd.dispose()
  return out
}

function mixingOf({ attention, blockLength }: BackboneShape, cache: BackboneCache | undefined): Mixing {
  if (cache === undefined)
    return {
      kind: 'full',
      causal: attention === 'causal',
      ...(attention === 'block' && { blockLength }),
    }
  const { position, maxLength, keep, rows, blocks } = cache
  return {
    kind: 'cached',
    position,
    maxLength,
    causal: attention === 'causal',
    keep,
    rows,
    caches: blocks.map(({ k, v, history }) => ({
      k: pointer(k),
      v: pointer(v),
      history: history === null ? 0 : pointer(history),
    })),
  }
}
