/** @file The network: the shared one, heads beside the main one that draft the tokens after the next, and marks of a gap. */
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
import { markCount, marksPerPlace } from './marks.ts'

/** A residual block and a head of its own (Medusa 2401.10774). */
export type DraftHead = HeadParams & { readonly mix: Tensor /* [D, D] */ }

export type AutoregressiveParams = TokenNetworkParams & {
  /** Head j (from 1) predicts the token j places behind the one that the main head predicts. */
  readonly drafts?: readonly DraftHead[]
  /** With fill-in-the-middle training, what the marks of a gap add to what is read [markCount, D]. */
  readonly marks?: Tensor
}

export type Network = {
  readonly params: AutoregressiveParams
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly options: AutoregressiveOptions
}

/** Initial weights; without draft heads and marks those of the shared network alone. */
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
    ...(fimRate > 0 && { marks: zeros([markCount(vocabulary.textSize), d]) }),
  } as AutoregressiveParams & ParamTree
}

/** Tokens [N] to be read, and the marks beside them [N · marksPerPlace]. */
export type Inputs = { readonly tokens: Int32Array; readonly marks: Int32Array }

/** → x [N, D], what the backbone reads. */
export function embed(params: AutoregressiveParams, { tokens, marks }: Inputs): Tensor {
  const rowsOf = (table: Tensor, ids: Int32Array): Tensor => embedding(table, intTensor(ids, [ids.length]))
  const x = rowsOf(params.embedding, tokens)
  const table = params.marks
  if (table === undefined) return x
  const kinds = Array.from({ length: marksPerPlace }, (_, k) =>
    Int32Array.from(tokens, (_token, i) => marks[i * marksPerPlace + k]),
  )
  return kinds.reduce((sum, ids) => add(sum, rowsOf(table, ids)), x)
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
