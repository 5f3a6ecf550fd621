/** @file AdamW with global-norm clipping and averaged weights over a parameter tree: pure `init` and `update`. */
import {
  adamW,
  disposeParams,
  emaUpdate,
  flattenParams,
  globalNorm,
  mapParams,
  type ParamTree,
  type Tensor,
  tidy,
  zeros,
} from '@trivium/engine'
import type { TrainingConfig } from '@trivium/schema'
import { emaDecay } from './schedule.ts'

export type OptimizerState = {
  /** Updates done so far. */
  readonly step: number
  readonly m: ParamTree
  readonly v: ParamTree
  /** Averaged weights; null when averaging is off. */
  readonly ema: ParamTree | null
}

export type OptimizerConfig = Pick<TrainingConfig, 'beta1' | 'beta2' | 'weightDecay' | 'clipNorm' | 'ema'>

const epsilon = 1e-8

export function initOptimizer(params: ParamTree, config: OptimizerConfig): OptimizerState {
  const like = (): ParamTree => mapParams(params, (p) => zeros(p.shape))
  return { step: 0, m: like(), v: like(), ema: config.ema > 0 ? mapParams(params, (p) => p.clone()) : null }
}

/** Decay reaches matrices only: not gains, biases, embeddings' tables or convolution taps. */
export function isDecayed(path: string, x: Tensor): boolean {
  return x.shape.length === 2 && !/(^|\.)(embedding|convolution)(\.|$)/.test(path)
}

export type OptimizerUpdate = {
  readonly params: ParamTree
  readonly state: OptimizerState
  readonly gradientNorm: number
}

/**
 * One step. `gradients` are in `flattenParams` order. Frees `params`, the old state and the gradients; when the
 * gradient norm is not finite the weights stay as they are (the step still counts) and `gradientNorm` says so.
 */
export async function updateOptimizer(
  params: ParamTree,
  gradients: readonly Tensor[],
  state: OptimizerState,
  config: OptimizerConfig,
  learningRate: number,
): Promise<OptimizerUpdate> {
  const gradientNorm = await globalNorm(gradients)
  const step = state.step + 1
  if (!Number.isFinite(gradientNorm)) {
    for (const g of gradients) g.dispose()
    return { params, state: { ...state, step }, gradientNorm }
  }
  const hyper = {
    ...config,
    epsilon,
    learningRate,
    step,
    gradientScale: Math.min(1, config.clipNorm / (gradientNorm + 1e-12)),
  }
  const byPath = {
    m: new Map(flattenParams(state.m)),
    v: new Map(flattenParams(state.v)),
    g: new Map(flattenParams(params).map(([path], i) => [path, gradients[i]])),
  }
  const nextM = new Map<string, Tensor>()
  const nextV = new Map<string, Tensor>()
  const next = mapParams(params, (p, path) => {
    const moments = { m: byPath.m.get(path) as Tensor, v: byPath.v.get(path) as Tensor }
    const out = adamW(p, byPath.g.get(path) as Tensor, moments, {
      ...hyper,
      weightDecay: isDecayed(path, p) ? config.weightDecay : 0,
    })
    nextM.set(path, out.m)
    nextV.set(path, out.v)
    return out.p
  })
  const m = mapParams(state.m, (_, path) => nextM.get(path) as Tensor)
  const v = mapParams(state.v, (_, path) => nextV.get(path) as Tensor)
  const ema = state.ema === null ? null : averaged(state.ema, next, emaDecay(step, config.ema))
  for (const tree of [params, state.m, state.v]) disposeParams(tree)
  if (state.ema !== null) disposeParams(state.ema)
  for (const g of gradients) g.dispose()
  return { params: next, state: { step, m, v, ema }, gradientNorm }
}

function averaged(ema: ParamTree, params: ParamTree, decay: number): ParamTree {
  const current = new Map(flattenParams(params))
  return mapParams(ema, (average, path) => tidy(() => emaUpdate(average, current.get(path) as Tensor, decay)))
}

export function disposeOptimizer(state: OptimizerState): void {
  disposeParams(state.m)
  disposeParams(state.v)
  if (state.ema !== null) disposeParams(state.ema)
}
