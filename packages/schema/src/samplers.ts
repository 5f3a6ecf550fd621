/**
 * @file One schema a sampler. `GenerationRequest.sampler` is this discriminated union, so a point of a chart can be
 * rebuilt from its record.
 */
import { z } from 'zod'

const steps = z.number().int().positive().describe('S, denoising steps')
const temperature = z.number().positive().default(1).describe('divides the logits before sampling')

/** Autoregressive sampling with a KV cache. NFE = tokens written (the prefill writes the first). */
export const arSampler = z.strictObject({
  type: z.literal('ar'),
  temperature,
  topK: z.number().int().positive().optional(),
  topP: z.number().gt(0).max(1).optional(),
  minP: z.number().min(0).max(1).optional(),
  repetitionPenalty: z.number().positive().default(1),
  cache: z.boolean().default(true).describe('false recomputes the whole prefix for each token'),
})
/** MDLM §4.1 (2406.07524): posterior sampling of the masked process. NFE ≤ S; an unchanged canvas is not run again. */
export const ancestralMaskedSampler = z.strictObject({ type: z.literal('ancestral'), steps, temperature })
/** LLaDA (2502.09992): keep the k_i most confident predictions a step. NFE = S. */
export const lowConfidenceSampler = z.strictObject({
  type: z.literal('low-confidence'),
  steps,
  temperature,
  blockLength: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('semi-autoregressive blocks; the whole canvas when absent'),
})
/** Fast-dLLM (2505.22618): commit every position with confidence ≥ τ, at least one. NFE adaptive. */
export const thresholdSampler = z.strictObject({
  type: z.literal('threshold'),
  tau: z.number().gt(0).max(1).default(0.9),
  temperature,
  blockLength: z.number().int().positive().optional(),
})
/** DDIM, ζ = 0 (2010.02502). NFE = S (+1 for the final clean-up pass). */
export const ddimSampler = z.strictObject({ type: z.literal('ddim'), steps, temperature })
/** DDPM ancestral, ζ = σ_s√(1−e^{γ_s−γ_t}) (2006.11239). NFE = S (+1). */
export const ancestralGaussianSampler = z.strictObject({
  type: z.literal('gaussian-ancestral'),
  steps,
  temperature,
})

export const samplerSchema = z.discriminatedUnion('type', [
  arSampler,
  ancestralMaskedSampler,
  lowConfidenceSampler,
  thresholdSampler,
  ddimSampler,
  ancestralGaussianSampler,
])
export type SamplerConfig = z.infer<typeof samplerSchema>
export type SamplerType = SamplerConfig['type']
