/**
 * @file The backbone composed of ops, each with its own gradient: what the engines without kernels of ours run, and what
 * defines the numbers of the fused one.
 */
import { dispose, keep, type Tensor, tidy } from '../tensor.ts'
import { relu2, swiglu } from './activation.ts'
import { attention, cachedAttention, cacheWrite } from './attention.ts'
import type { BackboneCache, BackboneShape, BackboneWeights, BlockCache, BlockWeights } from './block.ts'
import { shortConvolution } from './convolution.ts'
import { add, concat, reshape, slice } from './elementwise.ts'
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
    cache === undefined
      ? mix(block, n, tables, shape)
      : mixCached(block, n, tables, shape, cache.position, cache.blocks[i])
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
function mix(
  block: BlockWeights,
  n: Tensor,
  tables: RopeTables,
  { batch, length, heads, attention: seen, blockLength }: BackboneShape,
): Tensor {
  const direction = seen === 'bidirectional' ? 'bidirectional' : 'causal'
  const input =
    block.convolution === undefined ? n : shortConvolution(n, block.convolution, { batch, length, direction })
  const rows = { batch, length, heads }
  const q = rope(linear(input, block.query), tables, rows)
  const k = rope(linear(input, block.key), tables, rows)
  const v = linear(input, block.value)
  const mask = { causal: seen === 'causal', ...(seen === 'block' && { blockLength }) }
  return linear(attention(q, k, v, { ...rows, ...mask }), block.output)
}

/** The same for further positions: what was read before lies in the cache. */
function mixCached(
  block: BlockWeights,
  n: Tensor,
  tables: RopeTables,
  { batch, length, heads }: BackboneShape,
  position: number,
  held: BlockCache,
): Tensor {
  const rows = { batch, length, heads, offset: position }
  const input =
    block.convolution === undefined ? n : convolveCached(n, block.convolution, held, batch, length)
  const q = rope(linear(input, block.query), tables, rows)
  held.k = keep(cacheWrite(held.k, rope(linear(input, block.key), tables, rows), position))
  held.v = keep(cacheWrite(held.v, linear(input, block.value), position))
  const mixed = cachedAttention(q, held.k, held.v, { batch, queries: length, position, heads })
  return linear(mixed, block.output)
}

/** The causal convolution continued: its last inputs come first, and are replaced. */
function convolveCached(n: Tensor, taps: Tensor, held: BlockCache, batch: number, length: number): Tensor {
  const history = held.history as Tensor
  const [, w, d] = history.shape as [number, number, number]
  const joined = concat([history, reshape(n, [batch, length, d])], 1) // [B, W+L, D]
  held.history = keep(slice(joined, [0, length, 0], [batch, w, d]))
  dispose(history)
  const all = shortConvolution(reshape(joined, [batch * (w + length), d]), taps, {
    batch,
    length: w + length,
    direction: 'causal',
  })
  const rows = slice(reshape(all, [batch, w + length, d]), [0, w, 0], [batch, length, d])
  return reshape(rows, [batch * length, d])
}

/** SwiGLU or relu² MLP. n [N, D] → [N, D]. */
function mlp({ gate, up, down }: BlockWeights, n: Tensor): Tensor {
  const wide = linear(n, up)
  return linear(gate === undefined ? relu2(wide) : swiglu(linear(n, gate), wide), down)
}
