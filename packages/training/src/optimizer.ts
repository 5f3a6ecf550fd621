/** @file AdamW with global-norm clipping and averaged weights over a parameter tree: pure `init` and `update`. */
import {
  adamW,
  add,
  dispose,
  disposeParams,
  emaUpdate,
  flattenParams,
  mapParams,
  mul,
  norm,
  type ParamTree,
  pack,
  type Tensor,
  tensor,
  tidy,
  unpack,
  zeros,
} from '@trivium/engine'
import type { TrainingConfig } from '@trivium/schema'
import { emaDecay } from './schedule.ts'

/** Vectors [P] of all weights in `flattenParams` order. */
export type OptimizerState = {
  /** Updates done so far. */
  readonly step: number
  readonly m: Tensor
  readonly v: Tensor
  /** Averaged weights; null when averaging is off. */
  readonly ema: Tensor | null
  /** 1 where weight decay reaches a weight. */
  readonly decayed: Tensor
}

export type OptimizerConfig = Pick<TrainingConfig, 'beta1' | 'beta2' | 'weightDecay' | 'clipNorm' | 'ema'>

const epsilon = 1e-8

const leavesOf = (tree: ParamTree): Tensor[] => flattenParams(tree).map(([, x]) => x)

export function initOptimizer(params: ParamTree, config: OptimizerConfig): OptimizerState {
  const size = leavesOf(params).reduce((n, x) => n + x.size, 0)
  return {
    step: 0,
    m: zeros([size]),
    v: zeros([size]),
    ema: config.ema > 0 ? pack(leavesOf(params)) : null,
    decayed: decayMask(params),
  }
}

/** Decay reaches matrices only: not gains, biases, embeddings' tables or convolution taps. */
export function isDecayed(path: string, x: Tensor): boolean {
  return x.shape.length === 2 && !/(^|\.)(embedding|convolution)(\.|$)/.test(path)
}

/** [P]. */
export function decayMask(params: ParamTree): Tensor {
  const mask = leafMask(params, isDecayed)
  return tensor(mask, [mask.length])
}

/** 1 for each weight of the leaves that are chosen [P]. */
function leafMask(params: ParamTree, chosen: (path: string, x: Tensor) => boolean): Float32Array {
  const leaves = flattenParams(params)
  const mask = new Float32Array(leaves.reduce((n, [, x]) => n + x.size, 0))
  let at = 0
  for (const [path, x] of leaves) {
    if (chosen(path, x)) mask.fill(1, at, at + x.size)
    at += x.size
  }
  return mask
}

export type OptimizerUpdate = {
  readonly params: ParamTree
  readonly state: OptimizerState
  readonly gradientNorm: number
}

/**
 * One step. `gradients` are in `flattenParams` order. Frees `params`, what it replaces of the old state, and the
 * gradients; when the gradient norm is not finite the weights stay as they are (the step still counts) and `gradientNorm`
 * says so.
 * @param moves the leaves that may move, by path; all when null
 */
export async function updateOptimizer(
  params: ParamTree,
  gradients: readonly Tensor[],
  state: OptimizerState,
  config: OptimizerConfig,
  learningRate: number,
  moves: ((path: string) => boolean) | null = null,
): Promise<OptimizerUpdate> {
  const g = pack(gradients)
  dispose(gradients)
  const gradientNorm = await norm(g)
  const step = state.step + 1
  if (!Number.isFinite(gradientNorm)) {
    dispose(g)
    return { params, state: { ...state, step }, gradientNorm }
  }
  const hyper = {
    ...config,
    epsilon,
    learningRate,
    step,
    gradientScale: Math.min(1, config.clipNorm / (gradientNorm + 1e-12)),
  }
  const p = pack(leavesOf(params))
  const free = adamW(p, g, state, hyper, state.decayed)
  const averaged = state.ema === null ? null : emaUpdate(state.ema, free.p, emaDecay(step, config.ema))
  const { next, ema } =
    moves === null ? { next: free, ema: averaged } : hold(params, p, free, averaged, moves)
  const tree = unpackParams(next.p, params)
  disposeParams(params)
  dispose([g, p, next.p, state.m, state.v, ...(state.ema === null ? [] : [state.ema])])
  return {
    params: tree,
    state: { step, m: next.m, v: next.v, ema, decayed: state.decayed },
    gradientNorm,
  }
}

/**
 * The update where weights may move; elsewhere the weights as they were, their average with them, and no momentum. Frees
 * what it replaces.
 */
function hold(
  params: ParamTree,
  p: Tensor,
  free: { p: Tensor; m: Tensor; v: Tensor },
  averaged: Tensor | null,
  moves: (path: string) => boolean,
): { next: { p: Tensor; m: Tensor; v: Tensor }; ema: Tensor | null } {
  const held = tidy(() => {
    const moving = leafMask(params, moves)
    const still = tensor(
      moving.map((x) => 1 - x),
      [moving.length],
    )
    const mask = tensor(moving, [moving.length])
    const kept = mul(p, still)
    return {
      p: add(mul(free.p, mask), kept),
      m: mul(free.m, mask),
      v: mul(free.v, mask),
      ...(averaged === null ? {} : { ema: add(mul(averaged, mask), kept) }),
    }
  })
  dispose([free.p, free.m, free.v, ...(averaged === null ? [] : [averaged])])
  const { ema = null, ...next } = held
  return { next, ema }
}

/** A vector of all weights as a new tree like `like`. */
export function unpackParams(vector: Tensor, like: ParamTree): ParamTree {
  const parts = unpack(vector, leavesOf(like))
  let next = 0
  return mapParams(like, () => parts[next++])
}

export function disposeOptimizer({ m, v, ema, decayed }: OptimizerState): void {
  dispose([m, v, decayed, ...(ema === null ? [] : [ema])])
}
