/** @file The settings that several samplers share, each written once: how a token is drawn, how a walk goes, what masks allow. */
import { z } from 'zod'
import { count, share, size, temperature } from './numbers.ts'

export const steps = size.describe(
  'S, denoising steps; of each block where a process has a time (ancestral, remask)',
)
export const blockLength = size
  .optional()
  .describe('semi-autoregressive blocks; the whole canvas when absent')
/** How a token is drawn from logits, the same for every sampler: `drawToken` of the language-model package does it. */
export const drawing = {
  temperature: temperature
    .default(1)
    .describe('divides the logits before a token is drawn; 0 takes the most likely token'),
  topK: size.optional().describe('only the k most likely tokens'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('the smallest set of tokens with this mass (1904.09751), after topK'),
  minP: share
    .optional()
    .describe('only tokens with this share of the largest probability (2407.01082), after topP'),
  repetitionPenalty: z
    .number()
    .min(0.01)
    .max(100)
    .optional()
    .describe(
      'divides positive and multiplies negative logits of tokens that stand elsewhere in the row (CTRL, 1909.05858)',
    ),
}
export const infill = z
  .enum(['psm', 'spm'])
  .optional()
  .describe(
    'how a gap is read by a model with fill-in-the-middle training: prefix first, or suffix first; when absent as its training had more rows (options.fimSpm), prefix first at one half',
  )
/** How a continuous sampler walks from noise to text, whatever its step. None has a default: what is absent is not done. */
export const walking = {
  grid: z
    .enum(['schedule', 'gamma'])
    .optional()
    .describe(
      "noise levels of the steps: equal quantiles of the model's schedule, as when absent; or equal steps of γ",
    ),
  guidance: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe(
      'w, weight of what is given (classifier-free, 2207.12598); 1 is the model; twice the NFE on the way',
    ),
  clamp: z
    .boolean()
    .optional()
    .describe('moves each estimate to the nearest embedding (Diffusion-LM 2205.14217)'),
  candidates: count(1024)
    .optional()
    .describe(
      'texts drawn for each row, of which the most central is kept (minimum Bayes risk); that many times the NFE',
    ),
  final: z
    .enum(['argmax', 'draw'])
    .optional()
    .describe('how the final pass is read: the most likely tokens, as when absent; or a draw'),
  patience: size
    .optional()
    .describe(
      'a text that stood still for so many steps, with a mean entropy below .1 nats, is finished: NFE by the row',
    ),
}
export const settle = z
  .number()
  .min(0)
  .max(100)
  .optional()
  .describe(
    'mean entropy in nats of what is not yet final at which a row, or a block, whose most likely tokens are those of the step before is finished with them',
  )
const drawOptionsSchema = z.strictObject(drawing)
/** What every sampler of the absorbing process may be given besides. */
export const overMasks = {
  ...drawing,
  blockLength,
  cache: z
    .enum(['prefix', 'dual'])
    .optional()
    .describe(
      'with blockLength, approximate: keys and values before the block (dual: behind it too) are read once a block instead of in every step (Fast-dLLM 2505.22618)',
    ),
  guidance: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe(
      'w, classifier-free guidance by the given text: logits u + (w + 1)(c − u), u with that text masked; two forwards a step',
    ),
}
export type DrawOptions = z.infer<typeof drawOptionsSchema>
