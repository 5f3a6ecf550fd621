/**
 * @file The one door to the backbone: where our kernels run its blocks are fused, elsewhere they are composed of ops
 * (docs/decisions/0007). Callers cannot tell which.
 */
import { isRecording } from '../autodiff.ts'
import { activeEngine, activeKernels } from '../state.ts'
import { keep, type Tensor, tidy } from '../tensor.ts'
import type { BackboneCache, BackboneShape, BackboneWeights, CachedShape } from './block.ts'
import { composedBackbone, composedCachedBackbone } from './composed-backbone.ts'
import { fusedBackbone, fusedCachedBackbone } from './fused-backbone.ts'
import { type RopeTables, ropeTables } from './rope.ts'

/**
 * x [B·L, D] → final RMSNorm(all blocks) [B·L, D], differentiable in x and all weights.
 * @throws Error when L exceeds the positions or block attention has no block length.
 */
export function backbone(x: Tensor, weights: BackboneWeights, shape: BackboneShape): Tensor {
  const { length, attention, blockLength, rotary } = shape
  checkLength(length, rotary.positions)
  if (attention === 'block' && !(Number.isInteger(blockLength) && (blockLength as number) > 0))
    throw new Error(`block attention needs a blockLength of at least 1, got ${blockLength}`)
  const kernels = activeKernels()
  const tables = tablesOf(rotary, (weights.finalNorm.shape[0] as number) / shape.heads)
  return kernels === null
    ? composedBackbone(x, weights, tables, shape)
    : fusedBackbone(kernels, x, weights, tables, shape)
}

/**
 * The spans of a cache x [N, D] → final RMSNorm(all blocks) [N, D], equal to the same rows of the uncached forward; the
 * cache takes them up. Spans may have any lengths and positions: one forward serves rows that stand at different places.
 * @throws Error when a span does not fit the cache or the positions, or a gradient is asked for; there is none.
 */
export function cachedBackbone(
  x: Tensor,
  weights: BackboneWeights,
  shape: CachedShape,
  cache: BackboneCache,
): Tensor {
  checkSpans(x, shape, cache)
  if (isRecording()) throw new Error('the backbone has no gradient through a cache')
  const kernels = activeKernels()
  const tables = tablesOf(shape.rotary, (weights.finalNorm.shape[0] as number) / shape.heads)
  return kernels === null
    ? composedCachedBackbone(x, weights, tables, shape, cache)
    : fusedCachedBackbone(kernels, x, weights, tables, shape, cache)
}

/** What our kernels would take for addresses. */
function checkSpans(x: Tensor, { rotary }: CachedShape, { maxLength, spans, blocks }: BackboneCache): void {
  const batch = blocks[0].k.shape[0]
  const named = new Set<number>()
  let total = 0
  for (const { row, position, length, seen = position + length } of spans) {
    if (!(row >= 0 && row < batch) || named.has(row))
      throw new Error(`row ${row} of the KV cache is named twice, or is none of its ${batch}`)
    if (position + length > maxLength)
      throw new Error(`the KV cache holds ${maxLength} positions; ${position} + ${length} do not fit`)
    if (seen < position + length || seen > maxLength)
      throw new Error(`a span up to ${position + length} of ${maxLength} positions cannot see ${seen}`)
    checkLength(position + length, rotary.positions)
    named.add(row)
    total += length
  }
  if (total !== x.shape[0]) throw new Error(`the spans have ${total} positions and x has ${x.shape[0]}`)
}

function checkLength(length: number, positions: number): void {
  if (length > positions) throw new Error(`length ${length} exceeds the model's context ${positions}`)
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
