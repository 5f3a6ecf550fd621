/** @file The network: the shared one, and heads beside the main one that draft the tokens after the next. */
import { add, concat, linear, type ParamTree, silu, type Tensor, zeros } from '@trivium/engine'
import type { Vocabulary } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { AutoregressiveOptions, BackboneConfig } from '@trivium/schema'
import {
  type HeadParams,
  headLogits,
  initTokenNetwork,
  normalTensor,
  type TokenNetworkParams,
} from '@trivium/transformer'

/** A residual block and a head of its own (Medusa 2401.10774). */
export type DraftHead = HeadParams & { readonly mix: Tensor /* [D, D] */ }

export type AutoregressiveParams = TokenNetworkParams & {
  /** Head j (from 1) predicts the token j places behind the one that the main head predicts. */
  readonly drafts?: readonly DraftHead[]
}

export type Network = {
  readonly params: AutoregressiveParams
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly options: AutoregressiveOptions
}

/** Initial weights; without draft heads those of the shared network alone. */
export function initNetwork(
  backbone: BackboneConfig,
  vocabulary: Vocabulary,
  heads: number,
  rng: Rng,
): AutoregressiveParams {
  const { width: d } = backbone
  const shared = initTokenNetwork(backbone, vocabulary, rng)
  if (heads === 0) return shared
  const drafts = Array.from({ length: heads }, (_, j) => ({
    mix: normalTensor(rng.fork('draft', j), [d, d], 1 / Math.sqrt(d)),
    weight: zeros([d, vocabulary.textSize]),
    bias: zeros([vocabulary.textSize]),
  }))
  return { ...shared, drafts } as AutoregressiveParams & ParamTree
}

/** h [N, D] → logits [N, textSize] of one draft head. */
export function draftLogits(head: DraftHead, h: Tensor): Tensor {
  return headLogits(head, add(h, silu(linear(h, head.mix))))
}

/** h [N, D] → logits of the main head and then of every draft head [N, (1 + k)·textSize]. */
export function allLogits({ head, drafts = [] }: AutoregressiveParams, h: Tensor): Tensor {
  const main = headLogits(head, h)
  return drafts.length === 0 ? main : concat([main, ...drafts.map((draft) => draftLogits(draft, h))], 1)
}
