/**
 * @file All blocks of the backbone as one op, forward only. Where our kernels run and nothing is recorded it takes the
 * place of some twenty ops a block; `backboneForward` and `cachedForward` of the transformer package define what it
 * computes.
 */
import { isRecording } from '../autodiff.ts'
import { type BlockPointers, inferBlocks, type Mixing } from '../kernels/index.ts'
import { activeKernels } from '../state.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import { convolutionTaps } from './convolution.ts'
import { epsilon } from './norm.ts'
import type { RopeTables } from './rope.ts'

/** Weights of a pre-norm block; `convolution` and `gate` may be missing (no convolution; relu² instead of SwiGLU). */
export type BlockWeights = {
  readonly attentionNorm: Tensor // [D]
  readonly convolution?: Tensor // [W, D]
  readonly query: Tensor // [D, D]
  readonly key: Tensor
  readonly value: Tensor
  readonly output: Tensor
  readonly mlpNorm: Tensor // [D]
  readonly gate?: Tensor // [D, F]
  readonly up: Tensor // [D, F]
  readonly down: Tensor // [F, D]
}

export type BlocksShape = {
  readonly batch: number
  /** Rows of each batch row in x. */
  readonly length: number
  readonly heads: number
  readonly attention: 'causal' | 'bidirectional' | 'block'
  readonly blockLength?: number
}

/** k and v [B, maxL, D] and the convolution's last inputs [B, W, D], written in place. */
export type BlockCaches = {
  readonly position: number
  readonly maxLength: number
  readonly blocks: readonly { readonly k: Tensor; readonly v: Tensor; readonly history: Tensor | null }[]
}

/** Whether `blocksForward` can be called here and now: our kernels run and no gradient is being recorded. */
export function canFuseBlocks(): boolean {
  return activeKernels() !== null && !isRecording()
}

/**
 * x [B·L, D] → final RMSNorm(all blocks) [B·L, D]. With `caches` the L rows are the next positions of each batch row,
 * causal, and the caches take them up (the caller moves `position` on).
 * @throws Error where `canFuseBlocks()` is false.
 */
export function blocksForward(
  x: Tensor,
  blocks: readonly BlockWeights[],
  finalNorm: Tensor,
  tables: RopeTables,
  shape: BlocksShape,
  caches?: BlockCaches,
): Tensor {
  const kernels = activeKernels()
  if (kernels === null || isRecording())
    throw new Error('blocksForward has no gradient and needs our kernels; ask canFuseBlocks() first')
  const [n, d] = x.shape as [number, number]
  const out = allocate([n, d])
  const h = allocate([n, d])
  const rstd = allocate([n])
  kernels.copyFloats(pointer(h), pointer(x), n * d)
  const { convolution, up } = blocks[0]
  const inference = {
    ...shape,
    d,
    mlpWidth: up.shape[1] as number,
    rope: { cos: pointer(tables.cos), sin: pointer(tables.sin), headDim: tables.headDim },
    taps: convolutionTaps(
      convolution?.shape[0] ?? 0,
      shape.attention === 'bidirectional' ? 'bidirectional' : 'causal',
    ),
    epsilon,
  }
  inferBlocks(kernels, pointer(h), blocks.map(pointersOf), inference, mixingOf(shape, caches))
  kernels.rmsNormForward(pointer(h), pointer(finalNorm), pointer(out), pointer(rstd), n, d, epsilon)
  h.dispose()
  rstd.dispose()
  return out
}

const optional = (x: Tensor | null | undefined): number => (x === undefined || x === null ? 0 : pointer(x))

function pointersOf(w: BlockWeights): BlockPointers {
  return {
    attentionNorm: pointer(w.attentionNorm),
    convolution: optional(w.convolution),
    query: pointer(w.query),
    key: pointer(w.key),
    value: pointer(w.value),
    output: pointer(w.output),
    mlpNorm: pointer(w.mlpNorm),
    gate: optional(w.gate),
    up: pointer(w.up),
    down: pointer(w.down),
  }
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
    caches: blocks.map(({ k, v, history }) => ({ k: pointer(k), v: pointer(v), history: optional(history) })),
  }
}
