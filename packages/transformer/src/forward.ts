/** @file The forward pass: pre-norm blocks of (short convolution →) attention and MLP over rows [B·L, D]. */
import {
  activeEngine,
  add,
  attention,
  embedding,
  fusedBlocks,
  hasFusedBlocks,
  intTensor,
  keep,
  linear,
  mul,
  type RopeTables,
  relu2,
  rmsNorm,
  rope,
  ropeTables,
  scalar,
  shortConvolution,
  slice,
  swiglu,
  type Tensor,
  tidy,
} from '@trivium/engine'
import type { BackboneConfig } from '@trivium/schema'
import type { BackboneParams, BlockParams } from './params.ts'

export type ForwardShape = {
  readonly batch: number
  readonly length: number
  /** block: a position sees its own block of `blockLength` and all earlier ones; the convolution is causal then. */
  readonly attention: 'causal' | 'bidirectional' | 'block'
  readonly blockLength?: number
  /** adaLN input [B, C], one vector a row; needs weights made with conditioningDim = C. */
  readonly conditioning?: Tensor
}

/**
 * x [B·L, D] → [B·L, D], final RMSNorm included.
 * @throws Error when L exceeds the context, or block attention has no block length.
 */
export function backboneForward(
  params: BackboneParams,
  config: BackboneConfig,
  x: Tensor,
  shape: ForwardShape,
): Tensor {
  if (shape.length > config.context)
    throw new Error(`length ${shape.length} exceeds the model's context ${config.context}`)
  const { batch, length } = shape
  if (
    shape.attention === 'block' &&
    !(Number.isInteger(shape.blockLength) && (shape.blockLength as number) > 0)
  )
    throw new Error(`block attention needs a blockLength of at least 1, got ${shape.blockLength}`)
  const tables = cachedRopeTables(config)
  if (shape.conditioning === undefined && hasFusedBlocks())
    return fusedBlocks(x, params.blocks, params.finalNorm, tables, { ...shape, heads: config.heads })
  let h = x
  for (const block of params.blocks) {
    const modulation = modulationOf(block, shape)
    h = add(h, mix(block, config, modulate(rmsNorm(h, block.attentionNorm), modulation, 0), tables, shape))
    h = add(h, mlp(block, modulate(rmsNorm(h, block.mlpNorm), modulation, 1)))
  }
  return rmsNorm(h, params.finalNorm) // [B·L, D]

  function mix(
    block: BlockParams,
    { heads }: BackboneConfig,
    n: Tensor,
    rotary: RopeTables,
    s: ForwardShape,
  ): Tensor {
    const input =
      block.convolution === undefined
        ? n
        : shortConvolution(n, block.convolution, {
            batch,
            length,
            direction: s.attention === 'bidirectional' ? 'bidirectional' : 'causal',
          })
    const rows = { batch, length, heads }
    const q = rope(linear(input, block.query), rotary, rows)
    const k = rope(linear(input, block.key), rotary, rows)
    const v = linear(input, block.value)
    const seen = {
      causal: s.attention === 'causal',
      ...(s.attention === 'block' && { blockLength: s.blockLength }),
    }
    return linear(attention(q, k, v, { ...rows, ...seen }), block.output)
  }
}

/** SwiGLU or relu² MLP. n [N, D] → [N, D]. */
export function mlp(block: BlockParams, n: Tensor): Tensor {
  const up = linear(n, block.up)
  return linear(block.gate === undefined ? relu2(up) : swiglu(linear(n, block.gate), up), block.down)
}

type Modulation = { readonly rows: Tensor; readonly width: number } | null

/** [B·L, 4D]: shift and scale for both halves of a block. */
function modulationOf(block: BlockParams, { batch, length, conditioning }: ForwardShape): Modulation {
  if (block.modulation === undefined || conditioning === undefined) return null
  const row = Int32Array.from({ length: batch * length }, (_, i) => Math.floor(i / length))
  const vectors = linear(conditioning, block.modulation) // [B, 4D]
  return {
    rows: embedding(vectors, intTensor(row, [batch * length])),
    width: (vectors.shape[1] as number) / 4,
  }
}

/** n·(1 + scale) + shift. */
function modulate(n: Tensor, modulation: Modulation, half: 0 | 1): Tensor {
  if (modulation === null) return n
  const { rows, width } = modulation
  const part = (k: number): Tensor => slice(rows, [0, k * width], [rows.shape[0], width])
  return add(mul(n, add(part(2 * half + 1), scalar(1))), part(2 * half))
}

const tablesByEngine = new WeakMap<object, Map<string, RopeTables>>()

/** Tables are made once an engine and shape, and live as long as the engine. */
export function cachedRopeTables(config: BackboneConfig): RopeTables {
  const engine = activeEngine()
  const tables = tablesByEngine.get(engine) ?? new Map<string, RopeTables>()
  tablesByEngine.set(engine, tables)
  const headDim = config.width / config.heads
  const key = `${config.context}/${headDim}/${config.ropeBase}`
  let found = tables.get(key)
  if (found === undefined) {
    found = tidy(() => {
      const made = ropeTables(config.context, headDim, config.ropeBase)
      keep(made.cos)
      keep(made.sin)
      return made
    })
    tables.set(key, found)
  }
  return found
}
