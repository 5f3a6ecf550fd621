/**
 * @file The work by which engines are compared: two blocks of the backbone's shape. Depth does not change the ranking, as every cost grows with it alike.
 */
import { valueAndGradients } from './autodiff.ts'
import {
  adamW,
  type BlockWeights,
  backbone,
  crossEntropy,
  embedding,
  linear,
  norm,
  pack,
  unpack,
} from './ops/index.ts'
import { dispose, intTensor, read, readScalar, type Tensor, tensor, tidy, zeros } from './tensor.ts'

/** Residual width D, positions L, and rows B of a training step. */
export type Workload = { readonly width: number; readonly length: number; readonly batch: number }

const blocks = 2
const vocabulary = 32
const headDim = 32
/** L·B·D² of a step at most, about 10 GFLOP: wide models are measured on fewer rows, not for minutes. */
const mostWork = 2 ** 26

export type Proxy = {
  /** One training step: loss, gradients, AdamW. Returns the loss, read back. */
  trainStep(): Promise<number>
  /** Logits of one row, read back. */
  forward(): Promise<Float32Array>
  dispose(): void
}

/** On the running engine. */
export function createProxy({ width, length, batch }: Workload): Proxy {
  const rows = Math.max(1, Math.min(batch, Math.floor(mostWork / (length * width ** 2))))
  const heads = Math.max(1, Math.round(width / headDim))
  let params = initialWeights(width)
  const size = params.reduce((n, p) => n + p.size, 0)
  let moments = { m: zeros([size]), v: zeros([size]) }
  const ids = idsOf(rows * length)
  const oneRow = idsOf(length)
  const weights = tensor(new Float32Array(rows * length).fill(1 / (rows * length)), [rows * length])
  const logits = (tokens: Tensor, n: number): Tensor => {
    const rotary = { positions: length, base: 10_000 }
    const shape = { batch: n, length, heads, attention: 'causal', rotary } as const
    const [table, head, gain, ...rest] = params
    const x = embedding(table, tokens) // [n·L, D]
    const stack = Array.from({ length: blocks }, (_, b) => blockOf(rest.slice(b * 9, b * 9 + 9)))
    const h = backbone(x, { blocks: stack, finalNorm: gain }, shape)
    return linear(h, head) // [n·L, V]
  }
  let step = 0
  return {
    async trainStep() {
      const { value, gradients } = valueAndGradients(
        () => crossEntropy(logits(ids, rows), ids, weights),
        params,
      )
      const hyper = {
        learningRate: 1e-3,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weightDecay: 0,
        gradientScale: 1,
      }
      const g = pack(gradients)
      const p = pack(params)
      const gradientNorm = norm(g)
      const next = adamW(p, g, moments, { ...hyper, step: step + 1 })
      step++
      const old = [...params, ...gradients, moments.m, moments.v, p]
      params = unpack(next.p, params)
      moments = { m: next.m, v: next.v }
      dispose([...old, next.p])
      // One weight as well: on an asynchronous engine the loss alone is ready before the update is.
      const [loss] = await Promise.all([readScalar(value), gradientNorm, read(params[0])])
      dispose([value, g])
      return loss
    },
    async forward() {
      const out = tidy(() => logits(oneRow, 1))
      const values = await read(out)
      dispose(out)
      return values
    },
    dispose: () => dispose([...params, moments.m, moments.v, ids, oneRow, weights]),
  }
}

function blockOf([
  attentionNorm,
  query,
  key,
  value,
  output,
  mlpNorm,
  gate,
  up,
  down,
]: Tensor[]): BlockWeights {
  return { attentionNorm, query, key, value, output, mlpNorm, gate, up, down }
}

/** Embedding, head, final gain, then nine tensors a block. Their values only have to keep the activations finite. */
function initialWeights(d: number): Tensor[] {
  const f = Math.ceil((8 * d) / 3 / 8) * 8
  const matrix = (n: number, m: number): Tensor => {
    const scale = 2 / Math.sqrt(n)
    return tensor(
      Float32Array.from({ length: n * m }, (_, i) => scale * (((i * 7919) % 1009) / 1009 - 0.5)),
      [n, m],
    )
  }
  const gain = (): Tensor => tensor(new Float32Array(d).fill(1), [d])
  const one = (): Tensor[] => [
    gain(),
    matrix(d, d),
    matrix(d, d),
    matrix(d, d),
    matrix(d, d),
    gain(),
    matrix(d, f),
    matrix(d, f),
    matrix(f, d),
  ]
  return [matrix(vocabulary, d), matrix(d, vocabulary), gain(), ...Array.from({ length: blocks }, one).flat()]
}

const idsOf = (n: number): Tensor =>
  intTensor(
    Int32Array.from({ length: n }, (_, i) => (i * 31 + (i >> 3)) % vocabulary),
    [n],
  )
