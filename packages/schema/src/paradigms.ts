/**
 * @file The paradigms: one row each with all that the project knows of it by name. Lists, labels, the `models` entries of
 * an experiment and defaults derive from here; what an implementation must add is a `Record<Paradigm, …>` or a switch
 * that ends in `satisfies never`, so that the compiler finds it.
 */
import { z } from 'zod'
import { count, share, size } from './numbers.ts'

/** −log SNR: beyond these ends α or σ is 1 to single precision. */
const gamma = z.number().min(-30).max(30)

export const autoregressiveOptionsSchema = z.strictObject({
  draftHeads: count(16, 0)
    .default(0)
    .describe(
      'heads that draft the tokens after the next one from the same forward (multi-token prediction 2404.19737); the sampler mtp needs them. They are counted among the parameters',
    ),
  draftWeight: share.default(0.3).describe('weight of the mean loss of the draft heads in training'),
  fimRate: share
    .default(0)
    .describe(
      'share of the training rows whose text is rearranged to fill in the middle (2207.14255), so that the model can write a gap that has text behind it; a row with given text on both sides always is. 0 switches it off',
    ),
  fimSpm: share
    .default(0.5)
    .describe('share of those rows with the suffix before the prefix (SPM); the rest has it behind (PSM)'),
})
export type AutoregressiveOptions = z.infer<typeof autoregressiveOptionsSchema>

const distilSchema = z.strictObject({
  teacher: z
    .string()
    .min(1)
    .describe(
      'folder of a finished masked checkpoint of the same shape; the student begins with its weights',
    ),
  steps: size.default(16).describe('steps in which the teacher decodes a row, the surest positions first'),
  upTo: share
    .default(0.75)
    .describe(
      'rows with t up to here are learnt as the teacher decodes them; with more masked, as the text is',
    ),
})

export const maskedOptionsSchema = z
  .strictObject({
    process: z
      .enum(['absorbing', 'uniform'])
      .default('absorbing')
      .describe(
        'absorbing: noise is MASK (MDLM, LLaDA); uniform: noise is any other token, which can be revised (Duo 2506.10892)',
      ),
    schedule: z
      .enum(['linear', 'cosine', 'polynomial'])
      .default('linear')
      .describe('α(t); linear is MDLM log-linear, LLaDA'),
    weighting: z
      .enum(['elbo', 'flat', 'clipped'])
      .default('flat')
      .describe(
        'weight of a noisy token in training: elbo the bound itself (1/t), flat 1 (low variance), clipped min(1/t, 10). Bounds always use elbo',
      ),
    timeRange: z
      .tuple([share, share])
      .default([0, 1])
      .describe(
        'training draws t from here: BD3-LM 2503.09573 clips it to [.45, .95] for blocks of 4, [.3, .8] for 16. Bounds always use [0, 1]',
      ),
    blockLength: size
      .optional()
      .describe(
        'block diffusion (BD3-LM 2503.09573): blocks of so many positions are written left to right, each given the earlier ones, and finished ones are cached exactly',
      ),
    randomLengths: share
      .default(0)
      .describe('share of the training batches that are cut to a random length; LLaDA has .01'),
    visibleNoise: share
      .default(0)
      .describe(
        'largest share of the visible tokens of a row that are made wrong, with a loss on all visible ones, so that the model can correct itself (Seed Diffusion 2508.02193 has .1; .2 is good here); 0 switches it off',
      ),
    visibleFrom: share
      .default(0.8)
      .describe('share of the steps with masks alone; visibleNoise begins after them'),
    drafts: share
      .default(0)
      .describe(
        "share of the rows of visibleNoise whose wrong tokens are the model's own predictions, not random ones (2606.17175)",
      ),
    distil: distilSchema
      .optional()
      .describe(
        'few-step training: learn to be as sure at once as a teacher becomes over several steps (dParallel 2509.26488)',
      ),
  })
  .superRefine((options, context) => {
    const { process, weighting, timeRange, blockLength, visibleNoise, drafts, distil } = options
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (timeRange[0] > timeRange[1]) refuse('timeRange', 'its first time must not lie above its second')
    if (drafts > 0 && visibleNoise === 0) refuse('drafts', 'they need visibleNoise above 0')
    if (distil !== undefined && (process === 'uniform' || blockLength !== undefined || visibleNoise > 0))
      refuse('distil', 'a teacher shows plain masked models; leave process, blockLength and visibleNoise out')
    if (process === 'absorbing') return
    if (weighting === 'clipped') refuse('weighting', 'clipped is for process: absorbing; take elbo or flat')
    if (blockLength !== undefined) refuse('blockLength', 'blocks are for process: absorbing; leave it out')
    if (visibleNoise > 0)
      refuse('visibleNoise', 'process: uniform makes visible tokens wrong anyway; leave it out')
  })
export type MaskedOptions = z.infer<typeof maskedOptionsSchema>

const endpointSchema = z
  .strictObject({
    teacher: z
      .string()
      .min(1)
      .describe(
        'folder of a finished continuous checkpoint of the same shape and options; the student begins with its weights',
      ),
    steps: size.default(16).describe("steps of the teacher's walk from a noisy row to its text"),
  })
  .describe('few-step training: the student says at once where its teacher ends (2101.02388, 2303.01469)')

/** Diffusion in the latents of a sequence autoencoder (LD4LG 2212.09462). */
const latentOptionsSchema = z
  .strictObject({
    rate: count(256, 2).default(4).describe('r, tokens that share a latent: rows are r times shorter'),
    dim: count(4096, 2).default(32).describe('d_z, coordinates of a latent'),
    hidden: count(65_536).default(128).describe('hidden units of the decoder'),
    share: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.2)
      .describe('share of the steps that train the autoencoder alone; then it stays and the process trains'),
    reconstruction: share
      .default(0.995)
      .describe('share of held-out tokens that it must give back before the process trains'),
  })
  .refine(({ rate, dim }) => dim >= rate, {
    path: ['dim'],
    message: 'a latent needs a coordinate for each of its tokens: at least rate',
  })
  .describe('latents of a sequence autoencoder in the place of embeddings')
export type LatentOptions = z.infer<typeof latentOptionsSchema>

export const continuousOptionsSchema = z
  .strictObject({
    embeddingDim: count(4096).default(16).describe('d_e: 16 for characters, 32 for BPE'),
    schedule: z
      .enum(['warp', 'cosine', 'linear-beta', 'sqrt'])
      .default('warp')
      .describe('density of γ in training, and the step grid in sampling'),
    gammaMin: gamma
      .default(-4)
      .describe('noise level of clean text, of tokens of norm 1; below gammaMax. Latents add ln(dim/rate)'),
    gammaMax: gamma.default(6).describe('noise level of the prior'),
    selfConditioning: share
      .default(0.25)
      .describe('share of training batches with self-conditioning; 0 switches it off'),
    pinnedProbability: share
      .default(0.2)
      .describe(
        'share of rows with a clean pinned prefix, suffix or span; of latents half of them pin tokens one by one',
      ),
    conditionDropout: share
      .default(0)
      .describe(
        'share of the rows with given or pinned text that see noise in its place; what guidance leads away from',
      ),
    placePosterior: z
      .boolean()
      .optional()
      .describe('the network also reads, at each position, the posterior that its own noisy vector gives'),
    priorRamp: share
      .default(0.25)
      .describe(
        'share of the steps in which the output prior grows from 0 to 1; self-conditioning begins after it',
      ),
    objective: z
      .enum(['cross-entropy', 'vlb'])
      .default('cross-entropy')
      .describe('cross-entropy, or the bound itself'),
    latent: latentOptionsSchema.optional(),
    distil: endpointSchema.optional(),
  })
  .superRefine(({ distil, latent, objective, placePosterior }, context) => {
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (placePosterior === true && latent !== undefined)
      refuse('placePosterior', 'it is read off embeddings; leave latent out')
    if (distil === undefined) return
    if (latent !== undefined) refuse('distil', 'a teacher shows models of embeddings; leave latent out')
    if (objective === 'vlb') refuse('objective', 'a student learns texts: take cross-entropy')
  })
  .refine(({ gammaMin, gammaMax }) => gammaMin < gammaMax, {
    path: ['gammaMax'],
    message: 'it must lie above gammaMin',
  })
export type ContinuousOptions = z.infer<typeof continuousOptionsSchema>

type ParadigmRow = {
  /** For a legend. */
  readonly label: string
  /** One word, for ids and narrow columns. */
  readonly short: string
  /** `options` of its models in an experiment file. */
  readonly options: z.ZodType
  /** What `sample` draws with when no sampler is named; defaults are filled in by the sampler's schema. */
  readonly defaultSampler: { readonly type: string; readonly steps?: number }
}

/** In the order of lists, tables and legends. */
export const paradigmTable = {
  autoregressive: {
    label: 'Autoregressive',
    short: 'ar',
    options: autoregressiveOptionsSchema,
    defaultSampler: { type: 'ar' },
  },
  'masked-diffusion': {
    label: 'Masked diffusion',
    short: 'masked',
    options: maskedOptionsSchema,
    defaultSampler: { type: 'ancestral', steps: 64 },
  },
  'continuous-diffusion': {
    label: 'Continuous diffusion',
    short: 'continuous',
    options: continuousOptionsSchema,
    defaultSampler: { type: 'gaussian-ancestral', steps: 64 },
  },
} as const satisfies Readonly<Record<string, ParadigmRow>>

export type Paradigm = keyof typeof paradigmTable
export const paradigms: readonly Paradigm[] = Object.keys(paradigmTable) as Paradigm[]
