/** @file The training loss: next-token cross-entropy, and that of the draft heads beside it. */
import { add, crossEntropy, intTensor, scale, type Tensor, tensor } from '@trivium/engine'
import { freeCounts, type LossContext, type TokenBatch, type Vocabulary } from '@trivium/language-model'
import { type AutoregressiveOptions, InputError } from '@trivium/schema'
import { headLogits, tokenStates } from '@trivium/transformer'
import { type Arranged, arrangeGap, arrangeText, gapOf, refuseMoreGaps, sentinels } from './fim.ts'
import { draftLogits, type Network } from './network.ts'
import { shiftRight } from './sequence.ts'

/**
 * The mean over rows of the mean over their learned tokens, plus `draftWeight` times the mean of the same over the draft
 * heads. Nats a token, a scalar.
 */
export function trainingLoss(network: Network, batch: TokenBatch, context: LossContext): Tensor {
  const { params, backbone, vocabulary, options } = network
  const { tokens, weights, length } = arrangeBatch(batch, context, vocabulary, options, backbone.context)
  const shape = { batch: batch.batch, length }
  const inputs = shiftRight(tokens, shape, vocabulary.bos)
  const h = tokenStates(params, backbone, { tokens: inputs, ...shape }, { attention: 'causal' })
  // A special is never learned, and no target.
  const targets = tokens.map((token) => (token < vocabulary.textSize ? token : 0))
  const at = (logits: Tensor, distance: number): Tensor => {
    const [ids, w] = [new Int32Array(tokens.length), new Float32Array(tokens.length)]
    for (let i = 0; i < tokens.length; i++)
      if ((i % length) + distance < length) {
        ids[i] = targets[i + distance]
        w[i] = weights[i + distance]
      }
    return crossEntropy(logits, intTensor(ids, [ids.length]), tensor(w, [w.length]))
  }
  const main = at(headLogits(params.head, h), 0)
  const drafts = params.drafts ?? []
  if (drafts.length === 0) return main
  const sum = drafts.map((head, j) => at(draftLogits(head, h), j + 1)).reduce(add)
  return add(main, scale(sum, options.draftWeight / drafts.length))
}

type ArrangedBatch = {
  readonly tokens: Int32Array
  /** 1/(B·learned tokens of the row) where learned, 0 elsewhere [B·L]. */
  readonly weights: Float32Array
  readonly length: number
}

function arrangeBatch(
  batch: TokenBatch,
  context: LossContext,
  vocabulary: Vocabulary,
  options: AutoregressiveOptions,
  longest: number,
): ArrangedBatch {
  freeCounts(batch)
  const rows = Array.from({ length: batch.batch }, (_, b) =>
    arrangeRow(batch, b, context, vocabulary, options),
  )
  const length = Math.max(...rows.map(({ tokens }) => tokens.length))
  if (length > longest)
    throw new InputError(
      `rows of ${batch.length} tokens with a gap take ${length} with their sentinels, and the model's context is ${longest}; train with model.context: ${length}`,
    )
  const tokens = new Int32Array(batch.batch * length).fill(vocabulary.pad)
  const weights = new Float32Array(batch.batch * length)
  rows.forEach((row, b) => {
    tokens.set(row.tokens, b * length)
    const count = row.learned.reduce((n, flag) => n + flag, 0)
    row.learned.forEach((flag, i) => {
      if (flag === 1) weights[b * length + i] = 1 / (batch.batch * count)
    })
  })
  return { tokens, weights, length }
}

function arrangeRow(
  { tokens, length, given }: TokenBatch,
  b: number,
  { rng, rowOffset }: LossContext,
  vocabulary: Vocabulary,
  options: AutoregressiveOptions,
): Arranged {
  const row = tokens.subarray(b * length, (b + 1) * length)
  const flags = given?.subarray(b * length, (b + 1) * length)
  const plain = { tokens: row, learned: Uint8Array.from(row, (_, i) => (flags?.[i] === 1 ? 0 : 1)) }
  if (options.fimRate === 0) return plain
  const own = rng.fork('fim', rowOffset + b)
  if (flags?.includes(1)) {
    refuseMoreGaps(flags, b)
    const gap = gapOf(flags)
    const order = own.fork('order').uniform() < options.fimSpm ? 'spm' : 'psm'
    return gap === null ? plain : arrangeGap(row, gap, vocabulary, order)
  }
  if (length < 2 * sentinels || own.uniform() >= options.fimRate) return plain
  return arrangeText(row, vocabulary, options, own)
}
