/**
 * @file The backbone composed of ops, each with its own gradient: what the engines without kernels of ours run, and what
 * defines the numbers of the fused one.
 */
import { type CacheSpan, seenBehind } from '../kernels/index.ts'
import { dispose, keep, type Tensor, tidy } from '../tensor.ts'
import { relu2, swiglu } from './activation.ts'
import { attention } from './attention.ts'
import type {
  BackboneCache,
  BackboneShape,
  BackboneWeights,
  BlockCache,
  BlockWeights,
  CachedShape,
} from './block.ts'
import { cachedAttention, cacheWindows, cacheWrite } from './cached-attention.ts'
import { blockConvolution, shortConvolution } from './convolution.ts'
import { add, gatherRows } from './elementwise.ts'
import { linear } from './linear.ts'
import { rmsNorm } from './norm.ts'
import { type RopeTables, rope, ropeAt } from './rope.ts'

/** As `backbone`. */
export function composedBackbone(
  x: Tensor,
  weights: BackboneWeights,
  tables: RopeTables,
  shape: BackboneShape,
): Tensor {
  return stack(x, weights, (block, n) => mix(block, n, tables, shape)) // [B·L, D]
}

/** As `cachedBackbone`. */
export function composedCachedBackbone(
  x: Tensor,
  weights: BackboneWeights,
  tables: RopeTables,
  shape: CachedShape,
  cache: BackboneCache,
): Tensor {
  return tidy(() =>
    stack(x, weights, (block, n, i) => mixCached(block, n, tables, shape, cache.spans, cache.blocks[i])),
  ) // [N, D]
}

function stack(
  x: Tensor,
  { blocks, finalNorm }: BackboneWeights,
  mixed: (block: BlockWeights, n: Tensor, index: number) => Tensor,
): Tensor {
  let h = x
  blocks.forEach((block, i) => {
    h = add(h, mixed(block, rmsNorm(h, block.attentionNorm), i))
    h = add(h, mlp(block, rmsNorm(h, block.mlpNorm)))
  })
  return rmsNorm(h, finalNorm)
}

/** Convolution and attention. n [B·L, D] → [B·L, D]. */
function mix(block: BlockWeights, n: Tensor, tables: RopeTables, shape: BackboneShape): Tensor {
  const { length, heads, attention: seen, blockLength } = shape
  const input = block.convolution === undefined ? n : convolve(n, block.convolution, shape)
  const rows = { batch: (n.shape[0] as number) / length, length, heads }
  const q = rope(linear(input, block.query), tables, rows)
  const k = rope(linear(input, block.key), tables, rows)
  const v = linear(input, block.value)
  const mask = { causal: seen === 'causal', ...(seen === 'block' && { blockLength }) }
  return linear(attention(q, k, v, { ...rows, ...mask }), block.output)
}

function convolve(n: Tensor, taps: Tensor, { batch, length, attention, blockLength }: BackboneShape): Tensor {
  if (attention === 'block')
    return blockConvolution(n, taps, { batch: 2 * batch, length, blockLength: blockLength as number })
  return shortConvolution(n, taps, { batch, length, direction: attention })
}

/** The same for the spans of a cache: what was read before lies there. n [N, D] → [N, D]. */
function mixCached(
  block: BlockWeights,
  n: Tensor,
  tables: RopeTables,
  { heads, attention: seen }: CachedShape,
  spans: readonly CacheSpan[],
  held: BlockCache,
): Tensor {
  const positions = spans.flatMap(({ position, length }) => Array.from({ length }, (_, i) => position + i))
  const input = block.convolution === undefined ? n : convolveCached(n, block.convolution, held, spans, seen)
  const q = ropeAt(linear(input, block.query), tables, positions, heads)
  held.k = replace(
    held.k,
    cacheWrite(held.k, ropeAt(linear(input, block.key), tables, positions, heads), spans),
  )
  held.v = replace(held.v, cacheWrite(held.v, linear(input, block.value), spans))
  const mixed = cachedAttention(q, held.k, held.v, { spans, heads, causal: seen === 'causal' })
  return linear(mixed, block.output)
}

/** The convolution continued: a span's inputs go behind those that its row holds. */
function convolveCached(
  n: Tensor,
  taps: Tensor,
  held: BlockCache,
  spans: readonly CacheSpan[],
  direction: 'causal' | 'bidirectional',
): Tensor {
  const w = taps.shape[0]
  const history = replace(held.history as Tensor, cacheWrite(held.history as Tensor, n, spans, w))
  held.history = history
  const filled = (span: CacheSpan): number => span.length + seenBehind(span, w)
  const longest = Math.max(...spans.map(filled))
  const windows = cacheWindows(history, spans, w + longest, (span) => w + filled(span)) // [S·(W+longest), D]
  const all = shortConvolution(windows, taps, { batch: spans.length, length: w + longest, direction })
  const rows = spans.flatMap(({ length }, s) => Array.from({ length }, (_, i) => s * (w + longest) + w + i))
  return gatherRows(all, rows)
}

/** The next tensor of a cache; the old one is freed. */
function replace(held: Tensor, next: Tensor): Tensor {
  dispose(held)
  return keep(next)
}

/** SwiGLU or relu² MLP. n [N, D] → [N, D]. */
function mlp({ gate, up, down }: BlockWeights, n: Tensor): Tensor {
  const wide = linear(n, up)
  return linear(gate === undefined ? relu2(wide) : swiglu(linear(n, gate), wide), down)
}
