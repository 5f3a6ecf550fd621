/** @file What a training step does with a batch: noise, drafts by the network itself, the loss. */
import { type Tensor, tidy } from '@trivium/engine'
import { drawToken, type LossContext, type TokenBatch, type Vocabulary } from '@trivium/language-model'
import type { MaskedOptions } from '@trivium/schema'
import { readAndDispose } from './blocks.ts'
import { corruptBatch, cutLength, type NoisyBatch } from './corruption.ts'
import { type Teacher, teacherTexts } from './distil.ts'
import { denoisingLoss } from './loss.ts'
import type { NoisyRows } from './network.ts'

/** As the contract's verbs of the same names. */
export type Objective = {
  prepareLoss(batch: TokenBatch, context: LossContext): Promise<void>
  loss(batch: TokenBatch, context: LossContext): Tensor
}

/** The rows that the network reads, with the text that it is to say, and the weights of their costs. */
type Prepared = { readonly rows: NoisyRows; readonly weights: Float32Array }

/** @param config.teacher what a model with `options.distil` learns from */
export function createObjective(
  {
    options,
    vocabulary,
    teacher,
  }: { readonly options: MaskedOptions; readonly vocabulary: Vocabulary; readonly teacher?: Teacher },
  network: (rows: NoisyRows) => Tensor,
): Objective {
  const { distil } = options
  const prepares = options.drafts > 0 || distil !== undefined
  const prepared = new WeakMap<TokenBatch, Prepared>()
  const corrupt = (whole: TokenBatch, context: LossContext): Prepared & Pick<NoisyBatch, 'drafts'> => {
    const batch = cutLength(whole, context, options.randomLengths)
    const { inputs, weights, times, drafts } = corruptBatch(batch, context, options, vocabulary)
    return { rows: { ...batch, tokens: inputs, clean: batch.tokens, times }, weights, drafts }
  }
  return {
    async prepareLoss(batch, context) {
      if (!prepares) return
      const { drafts, rows, weights } = corrupt(batch, context)
      if (drafts.length > 0) await writeDrafts(rows, drafts, network, context)
      if (distil === undefined) {
        prepared.set(batch, { rows, weights })
        return
      }
      if (teacher === undefined) throw new Error('a model with options.distil is trained with its teacher')
      const clean = await teacherTexts(teacher, rows, distil, vocabulary.mask)
      prepared.set(batch, { rows: { ...rows, clean }, weights })
    },
    loss(batch, context) {
      const ready: Prepared | undefined = prepares ? prepared.get(batch) : corrupt(batch, context)
      if (ready === undefined)
        throw new Error('a model with drafts or a teacher wants prepareLoss before loss')
      return denoisingLoss(network(ready.rows), ready.rows, ready.weights, options)
    },
  }
}

/** Puts a draw of the network's at each of the places, all from one look at the rows, as parallel decoding writes. */
async function writeDrafts(
  rows: NoisyRows,
  places: readonly number[],
  network: (rows: NoisyRows) => Tensor,
  { rng, rowOffset }: LossContext,
): Promise<void> {
  const { tokens, length } = rows
  const logits = await readAndDispose(tidy(() => network(rows)))
  const v = logits.length / tokens.length
  const uniforms = new Map<number, Float64Array>()
  for (const i of places) {
    const row = rowOffset + Math.floor(i / length)
    const u = uniforms.get(row) ?? rng.fork('written', row).uniforms(length)
    uniforms.set(row, u)
    tokens[i] = drawToken(logits.subarray(i * v, (i + 1) * v), { temperature: 1 }, u[i % length]).token
  }
}
