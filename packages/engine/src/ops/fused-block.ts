/**
 * @file A pre-norm transformer block as one op with its own gradient, where our kernels run. A test compares values and
 * gradients with those of the composed block.
 */
import { customOp } from '../autodiff.ts'
import {
  type BlockActivations,
  type BlockPointers,
  type BlockShape,
  blockBackward,
  blockForward,
  type Kernels,
} from '../kernels/index.ts'
import { allocate, pointer, type Tensor } from '../tensor.ts'
import type { BackboneShape, BlockWeights } from './block.ts'
import { convolutionTaps } from './convolution.ts'
import { epsilon } from './norm.ts'
import type { RopeTables } from './rope.ts'

const names = [
  'attentionNorm',
  'convolution',
  'query',
  'key',
  'value',
  'output',
  'mlpNorm',
  'gate',
  'up',
  'down',
] as const

/** Addresses of a block's weights, or of tensors like them. */
export function blockPointers(weights: Partial<BlockWeights>): BlockPointers {
  const entries = names.map((name) => {
    const x = weights[name]
    return [name, x === undefined ? 0 : pointer(x)]
  })
  return Object.fromEntries(entries) as BlockPointers
}

/** x [B·L, D] → [B·L, D]. Differentiable in x and all weights. */
export function fusedBlock(
  kernels: Kernels,
  x: Tensor,
  weights: BlockWeights,
  tables: RopeTables,
  shape: BackboneShape,
): Tensor {
  const present = names.filter((name) => weights[name] !== undefined)
  const inputs = [x, ...present.map((name) => weights[name] as Tensor)]
  return customOp(inputs, () => {
    const output = allocate(x.shape)
    const kept = activations(weights, shape, x.shape as [number, number])
    blockForward(
      kernels,
      pointer(x),
      pointer(output),
      blockPointers(weights),
      addresses(kept),
      kernelShape(weights, tables, shape),
    )
    const keptNames = Object.keys(kept)
    return {
      output,
      save: [...inputs, ...Object.values(kept)],
      backward: (dy, saved) => {
        const [savedX, ...rest] = saved
        const again = Object.fromEntries(present.map((name, i) => [name, rest[i]])) as BlockWeights
        const held = Object.fromEntries(keptNames.map((name, i) => [name, rest[present.length + i]]))
        return gradients(kernels, dy, savedX, again, held, tables, shape)
      },
    }
  })
}

type Activations = Record<string, Tensor>

function activations(
  { convolution, gate, up }: BlockWeights,
  { length, heads }: BackboneShape,
  [n, d]: readonly [number, number],
): Activations {
  const f = up.shape[1] as number
  const narrow = [
    'attentionNormed',
    ...(convolution === undefined ? [] : ['convolved']),
    'q',
    'k',
    'v',
    'mixed',
    'middle',
    'mlpNormed',
  ]
  const wide = [...(gate === undefined ? [] : ['gate']), 'up', 'hidden']
  return {
    ...Object.fromEntries(narrow.map((name) => [name, allocate([n, d])])),
    ...Object.fromEntries(wide.map((name) => [name, allocate([n, f])])),
    attentionRstd: allocate([n]),
    mlpRstd: allocate([n]),
    probs: allocate([n / length, heads, length, length]),
  }
}

function addresses(tensors: Activations): BlockActivations {
  const at = Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, pointer(x)]))
  return { gate: 0, convolved: at.attentionNormed, ...at } as unknown as BlockActivations
}

/** The same sizes for our kernels. */
export function kernelShape(
  { attentionNorm, convolution, up }: BlockWeights,
  { cos, sin }: RopeTables,
  { batch, length, heads, attention, blockLength }: BackboneShape,
): BlockShape {
  return {
    batch: attention === 'block' ? 2 * batch : batch,
    length,
    heads,
    dh: attentionNorm.size / heads,
    causal: attention === 'causal',
    ...(attention === 'block' && { blockLength }),
    mlpWidth: up.shape[1] as number,
    rope: { cos: pointer(cos), sin: pointer(sin) },
    taps: convolutionTaps(convolution?.shape[0] ?? 0, attention === 'causal' ? 'causal' : 'bidirectional'),
    epsilon,
  }
}

/** In the order of the op's inputs. */
function gradients(
  kernels: Kernels,
  dy: Tensor,
  x: Tensor,
  weights: BlockWeights,
  kept: Activations,
  tables: RopeTables,
  shape: BackboneShape,
): Tensor[] {
  const dx = allocate(x.shape)
  const present = names.filter((name) => weights[name] !== undefined)
  const made = Object.fromEntries(present.map((name) => [name, allocate((weights[name] as Tensor).shape)]))
  blockBackward(
    kernels,
    pointer(x),
    pointer(dy),
    pointer(dx),
    blockPointers(weights),
    addresses(kept),
    blockPointers(made),
    kernelShape(weights, tables, shape),
  )
  return [dx, ...present.map((name) => made[name])]
}
