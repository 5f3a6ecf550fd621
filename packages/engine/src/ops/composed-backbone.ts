/**
 * @file The backbone composed of ops, each with its own gradient: what the engines without kernels of ours run, and what
 * defines the numbers of the fused one.
 */
import { dispose, keep, type Tensor, tidy } from '../tensor.ts'
import { relu2, swiglu } from './activation.ts'
import { attention, cachedAttention, cacheWrite } from './attention.ts'
import type { BackboneCache, BackboneShape, BackboneWeights, BlockCache, BlockWeights } from './block.ts'
import { blockConvolution, shortConvolution } from './convolution.ts'
import { add, concat, gatherRows, reshape, slice } from './elementwise.ts'
import { linear } from './linear.ts'
import { rmsNorm } from './norm.ts'
import { type RopeTables, rope } from './rope.ts'

/** As `backbone`. */
export function composedBackbone(
  x: Tensor,
  { blocks, finalNorm }: BackboneWeights,
  tables: RopeTables,
  shape: BackboneShape,
  cache?: BackboneCache,
): Tensor {
  const mixed = (block: BlockWeights, n: Tensor, i: number): Tensor =>
    cache === undefined ? mix(block, n, tables, shape) : mixCached(block, n, tables, shape, cache, i)
  const run = (): Tensor => {
    let h = x
    blocks.forEach((block, i) => {
      h = add(h, mixed(block, rmsNorm(h, block.attentionNorm), i))
      h = add(h, mlp(block, rmsNorm(h, block.mlpNorm)))
    })
    return rmsNorm(h, finalNorm) // [B·L, D]
  }
  // A tape needs what is between.
  return cache === undefined ? run() : tidy(run)
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

/** The same for further positions: what was read before lies in the cache. */
function mixCached(
  block: BlockWeights,
  n: Tensor,
  tables: RopeTables,
  shape: BackboneShape,
  cache: BackboneCache,
  index: number,
): Tensor {
  const { batch, length, heads } = shape
  const { position } = cache
  const causal = shape.attention === 'causal'
  const rows = { batch, length, heads, offset: position }
  const held = cache.blocks[index]
  const input = block.convolution === undefined ? n : convolveCached(n, block.convolution, held, shape, cache)
  const q = rope(linear(input, block.query), tables, rows)
  const k = cacheWrite(rowsOf(held.k, cache), rope(linear(input, block.key), tables, rows), position)
  const v = cacheWrite(rowsOf(held.v, cache), linear(input, block.value), position)
  if (cache.keep) {
    held.k = replaceRows(held.k, k, cache)
    held.v = replaceRows(held.v, v, cache)
  }
  const mixed = cachedAttention(q, k, v, { batch, queries: length, position, heads, causal })
  return linear(mixed, block.output)
}

/** The convolution continued: its last inputs come first, and are replaced when the new rows are kept. */
function convolveCached(
  n: Tensor,
  taps: Tensor,
  held: BlockCache,
  { batch, length, attention }: BackboneShape,
  cache: BackboneCache,
): Tensor {
  const history = held.history as Tensor
  const [, w, d] = history.shape as [number, number, number]
  const joined = concat([rowsOf(history, cache), reshape(n, [batch, length, d])], 1) // [B, W+L, D]
  if (cache.keep) held.history = replaceRows(history, slice(joined, [0, length, 0], [batch, w, d]), cache)
  const all = shortConvolution(reshape(joined, [batch * (w + length), d]), taps, {
    batch,
    length: w + length,
    direction: attention === 'causal' ? 'causal' : 'bidirectional',
  })
  const rows = slice(reshape(all, [batch, w + length, d]), [0, w, 0], [batch, length, d])
  return reshape(rows, [batch * length, d])
}

/** The cache rows of the batch. */
function rowsOf(held: Tensor, { rows }: BackboneCache): Tensor {
  return rows === undefined ? held : gatherRows(held, rows)
}

/** The cache with `next` at the rows of the batch; the old one is freed. */
function replaceRows(held: Tensor, next: Tensor, { rows }: BackboneCache): Tensor {
  const size = held.shape[0]
  const from = Array.from({ length: size }, (_, r) => {
    const b = rows?.indexOf(r) ?? r
    return b < 0 ? r : size + b
  })
  const whole = rows === undefined ? next : gatherRows(concat([held, next], 0), from)
  dispose(held)
  return keep(whole)
}

/** SwiGLU or relu² MLP. n [N, D] → [N, D]. */
function mlp({ gate, up, down }: BlockWeights, n: Tensor): Tensor {
  const wide = linear(n, up)
  return linear(gate === undefined ? relu2(wide) : swiglu(linear(n, gate), wide), down)
}
