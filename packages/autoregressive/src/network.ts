/**
 * @file The network: the shared one, heads beside the main one that draft the tokens after the next, and the countdown of a
 * gap.
 */
import {
  add,
  concat,
  embedding,
  intTensor,
  linear,
  type ParamTree,
  silu,
  type Tensor,
  zeros,
} from '@trivium/engine'
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
  /**
   * With fill-in-the-middle training [1 + countdownFrom, D], added to what is read (a countdown to a length that is known,
   * 2412.11937): row r where r tokens of a gap are still to be written, the next one included, the last row where there are
   * more; row 0 elsewhere.
   */
  readonly countdown?: Tensor
}

/** Tokens to the end of a gap that are told apart. */
export const countdownFrom = 32

export type Network = {
  readonly params: AutoregressiveParams
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly options: AutoregressiveOptions
}

/** Initial weights; without draft heads and a countdown those of the shared network alone. */
export function initNetwork(
  backbone: BackboneConfig,
  vocabulary: Vocabulary,
  { draftHeads, fimRate }: AutoregressiveOptions,
  rng: Rng,
): AutoregressiveParams {
  const { width: d } = backbone
  const shared = initTokenNetwork(backbone, vocabulary, rng)
  const drafts = Array.from({ length: draftHeads }, (_, j) => ({
    mix: normalTensor(rng.fork('draft', j), [d, d], 1 / Math.sqrt(d)),
    weight: zeros([d, vocabulary.textSize]),
    bias: zeros([vocabulary.textSize]),
  }))
  return {
    ...shared,
    ...(draftHeads > 0 && { drafts }),
    ...(fimRate > 0 && { countdown: zeros([1 + countdownFrom, d]) }),
  } as AutoregressiveParams & ParamTree
}

/** Tokens [N] to be read, and beside each one how many of a gap are to be written behind it, 0 outside of gaps. */
export type Inputs = { readonly tokens: Int32Array; readonly left: Int32Array }

/** → x [N, D], what the backbone reads. */
export function embed(
  { embedding: table, countdown }: AutoregressiveParams,
  { tokens, left }: Inputs,
): Tensor {
  const rowsOf = (x: Tensor, ids: Int32Array): Tensor => embedding(x, intTensor(ids, [ids.length]))
  const x = rowsOf(table, tokens)
  if (countdown === undefined) return x
  return add(
    x,
    rowsOf(
      countdown,
      left.map((n) => Math.min(n, countdownFrom)),
    ),
  )
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
