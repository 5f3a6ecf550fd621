/**
 * @file All blocks of the backbone, fused, where our kernels run: in training an op a block, in inference a single one.
 * `backboneForward` and `cachedForward` of the transformer package define what they compute.
 */
import { isRecording } from '../autodiff.ts'
import { inferBlocks, type Kernels, type Mixing } from '../kernels/index.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import { type BlocksShape, type BlockWeights, blockPointers, kernelShape, transformerBlock } from './block.ts'
import { epsilon, rmsNorm } from './norm.ts'
import type { RopeTables } from './rope.ts'

/** k and v [B, maxL, D] and the convolution's last inputs [B, W, D], written in place. */
export type BlockCaches = {
  readonly position: number
  readonly maxLength: number
  readonly blocks: readonly { readonly k: Tensor; readonly v: Tensor; readonly history: Tensor | null }[]
}

/** Whether `fusedBlocks` can be called: our kernels run. */
export function hasFusedBlocks(): boolean {
  return activeKernels() !== null
}

/**
 * x [B·L, D] → final RMSNorm(all blocks) [B·L, D]. Recorded it is an op a block, differentiable in x and all weights;
 * else it is one op that keeps nothing. With `caches` the L rows are the next positions of each batch row, causal, and
 * the caches take them up (the caller moves `position` on); there is no gradient then.
 * @throws Error where `hasFusedBlocks()` is false.
 */
export function fusedBlocks(
  x: Tensor,
  blocks: readonly BlockWeights[],
  finalNorm: Tensor,
  tables: RopeTables,
  shape: BlocksShape,
  caches?: BlockCaches,
): Tensor {
  const kernels = activeKernels()
  if (kernels === null) throw new Error('fusedBlocks needs our kernels; ask hasFusedBlocks() first')
  if (!isRecording()) return infer(kernels, x, blocks, finalNorm, tables, shape, caches)
  if (caches !== undefined) throw new Error('fusedBlocks has no gradient through caches')
  const h = blocks.reduce((at, weights) => transformerBlock(kernels, at, weights, tables, shape), x)
  return rmsNorm(h, finalNorm)
}

function infer(
  kernels: Kernels,
  x: Tensor,
  blocks: readonly BlockWeights[],
  finalNorm: Tensor,
  tables: RopeTables,
  shape: BlocksShape,
  caches: BlockCaches | undefined,
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
    mixingOf(shape, caches),
  )
  kernels.rmsNormForward(pointer(h), pointer(finalNorm), pointer(out), pointer(rstd), n, d, epsilon)
  h.dispose()
  rstd.dispose()
  return out
}

function mixingOf({ attention, blockLength }: BlocksShape, caches: BlockCaches | undefined): Mixing {
  if (caches === undefined)
    return {
      kind: 'full',
      causal: attention === 'causal',
      ...(attention === 'block' && { blockLength }),
    }
  const { position, maxLength, blocks } = caches
  return {
    kind: 'cached',
    position,
    maxLength,
    caches: blocks.map(({ k, v, history }) => ({
      k: pointer(k),
      v: pointer(v),
      history: history === null ? 0 : pointer(history),
    })),
  }
}
