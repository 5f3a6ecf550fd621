/** @file Exact −log p by the chain rule: of whole rows, behind a given prefix, and of a gap between given texts. */
import { dispose, intTensor, read, tidy, tokenNll } from '@trivium/engine'
import {
  type Likelihood,
  type LikelihoodOptions,
  scoredPositions,
  scoringRanges,
  stackRows,
} from '@trivium/language-model'
import { InputError } from '@trivium/schema'
import { tokenLogits } from '@trivium/transformer'
import { arrangeGap, gapOf, refuseMoreGaps, sentinels, usualOrder } from './fim.ts'
import type { Network } from './network.ts'
import { shiftRight } from './sequence.ts'

type Scored = { readonly tokens: Int32Array; readonly positions: readonly number[] }

/**
 * Of each row, the first token included; of its free positions given the rest. A gap is scored as it is written: behind
 * both of its sides, in the order that training had more of.
 * @throws InputError for a gap without fill-in-the-middle training
 */
export async function exactLikelihood(
  network: Network,
  rows: readonly Int32Array[],
  options: LikelihoodOptions = {},
): Promise<Likelihood[]> {
  const { params, backbone, vocabulary } = network
  const free = scoredPositions(rows, options)
  const scored = rows.map((row, r): Scored => {
    const flags = options.given?.[r]
    return arrange(network, row, { positions: free[r], flags, index: r })
  })
  const out: Likelihood[] = []
  for await (const [from, to] of scoringRanges(rows.length, (r) => scored[r].tokens.length, options)) {
    const batch = stackRows(scored.slice(from, to).map(({ tokens }) => tokens))
    const inputs = { ...batch, tokens: shiftRight(batch.tokens, batch, vocabulary.bos) }
    const targets = batch.tokens.map((token) => (token < vocabulary.textSize ? token : 0))
    const nll = tidy(() =>
      tokenNll(
        tokenLogits(params, backbone, inputs, { attention: 'causal' }),
        intTensor(targets, [targets.length]),
      ),
    )
    const values = await read(nll)
    dispose(nll)
    for (let r = from; r < to; r++) {
      let nats = 0
      for (const l of scored[r].positions) nats += values[(r - from) * batch.length + l]
      out.push({ nats, kind: 'exact', bound: 'exact', stderr: 0, draws: 1 })
    }
  }
  return out
}

type Free = { readonly positions: readonly number[]; readonly flags?: Uint8Array; readonly index: number }

function arrange(
  { vocabulary, options, backbone }: Network,
  tokens: Int32Array,
  { positions, flags, index }: Free,
): Scored {
  const gap = flags === undefined ? null : gapOf(flags)
  if (flags === undefined || gap === null) return { tokens, positions }
  if (options.fimRate === 0)
    throw new InputError(
      `row ${index} has given tokens behind free ones: an autoregressive model without fill-in-the-middle training knows the exact likelihood of what follows a given prefix alone; train with options.fimRate above 0, or use a diffusion model to score a gap`,
    )
  refuseMoreGaps(flags, index)
  if (tokens.length + sentinels > backbone.context)
    throw new InputError(
      `row ${index} has ${tokens.length} tokens around a gap; with ${sentinels} sentinels the model scores 1 to ${backbone.context - sentinels}`,
    )
  const { tokens: arranged } = arrangeGap(tokens, gap, vocabulary, usualOrder(options))
  return { tokens: arranged, positions: positions.map((_, i) => arranged.length - positions.length + i) }
}
