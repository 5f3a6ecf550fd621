/**
 * @file The one door to the backbone: where our kernels run its blocks are fused, elsewhere they are composed of ops
 * (docs/decisions/0007). Callers cannot tell which.
 */
import { isRecording } from '../autodiff.ts'
import { activeEngine, activeKernels } from '../state.ts'
import { keep, type Tensor, tidy } from '../tensor.ts'
import type { BackboneCache, BackboneShape, BackboneWeights } from './block.ts'
import { composedBackbone } from './composed-backbone.ts'
import { fusedBackbone } from './fused-backbone.ts'
import { type RopeTables, ropeTables } from './rope.ts'

/**
 * x [B·L, D] → final RMSNorm(all blocks) [B·L, D], differentiable in x and all weights. With `cache` the L rows are the
 * next positions of each batch row, causal or (a block, `bidirectional`) seeing one another, and the cache may take them up
 * (the caller moves `position` on).
 * @throws Error when L exceeds the positions, block attention has no block length or a cache, or a gradient through a cache
 * is asked for; there is none.
 */
export function backbone(
  x: Tensor,
  weights: BackboneWeights,
  shape: BackboneShape,
  cache?: BackboneCache,
): Tensor {
  check(shape, cache)
  if (cache !== undefined && isRecording()) throw new Error('the backbone has no gradient through a cache')
  const kernels = activeKernels()
  const tables = tablesOf(shape.rotary, (weights.finalNorm.shape[0] as number) / shape.heads)
  return kernels === null
    ? composedBackbone(x, weights, tables, shape, cache)
    : fusedBackbone(kernels, x, weights, tables, shape, cache)
}

/** What our kernels would take for addresses. */
function check({ length, attention, blockLength, rotary }: BackboneShape, cache?: BackboneCache): void {
  const end = (cache?.position ?? 0) + length
  if (cache !== undefined && end > cache.maxLength)
    throw new Error(
      `the KV cache holds ${cache.maxLength} positions; ${cache.position} + ${length} do not fit`,
    )
  if (end > rotary.positions) throw new Error(`length ${end} exceeds the model's context ${rotary.positions}`)
  if (attention === 'block' && !(Number.isInteger(blockLength) && (blockLength as number) > 0))
    throw new Error(`block attention needs a blockLength of at least 1, got ${blockLength}`)
  if (attention === 'block' && cache !== undefined)
    throw new Error('block attention has its clean text beside it; with a cache a block is bidirectional')
}

const tablesByEngine = new WeakMap<object, Map<string, RopeTables>>()

/** Tables are made once an engine and shape, and live as long as the engine. */
function tablesOf({ positions, base }: BackboneShape['rotary'], headDim: number): RopeTables {
  const engine = activeEngine()
  const tables = tablesByEngine.get(engine) ?? new Map<string, RopeTables>()
  tablesByEngine.set(engine, tables)
  const key = `${positions}/${headDim}/${base}`
  let found = tables.get(key)
  if (found === undefined) {
    found = tidy(() => {
      const made = ropeTables(positions, headDim, base)
      keep(made.cos)
      keep(made.sin)
      return made
    })
    tables.set(key, found)
  }
  return found
}
