/**
 * @file The samplers: one row each. The union of settings that configs, requests and `results.json` hold, its JSON
 * Schema, the names of a paradigm's samplers, labels and ids of points, the default sweep, `--sampler`, `ls samplers` and
 * every error that lists samplers derive from these rows.
 */
import { z } from 'zod'
import { count, share } from './numbers.ts'
import type { AutoregressiveOptions, MaskedOptions, Paradigm } from './paradigms.ts'
import { drawing, infill, overMasks, settle, steps, walking } from './sampler-settings.ts'

/** The one number that trades quality against cost, and its sign in a data label: `S=16`, `τ=0.9`. */
export const dials = {
  steps: 'S',
  tau: 'τ',
  factor: 'f',
  gamma: 'γ',
  tauEdit: 'τₑ',
  drafted: 'k',
  candidates: 'n',
} as const
export type Dial = keyof typeof dials

/** What a sampler may need of its model's training: whether the model's options tell of it, and how to ask for it. */
export const needs = {
  masks: {
    met: ({ process }: Partial<MaskedOptions>): boolean => process !== 'uniform',
    wanted: 'options.process: absorbing',
  },
  'uniform noise': {
    met: ({ process }: Partial<MaskedOptions>): boolean => process === 'uniform',
    wanted: 'options.process: uniform',
  },
  'wrong visible tokens': {
    met: ({ visibleNoise = 0 }: Partial<MaskedOptions>): boolean => visibleNoise > 0,
    wanted: 'options.visibleNoise above 0',
  },
  'draft heads': {
    met: ({ draftHeads = 0 }: Partial<AutoregressiveOptions>): boolean => draftHeads > 0,
    wanted: 'options.draftHeads above 0',
  },
} as const
export type SamplerNeed = keyof typeof needs

export type SamplerRow = {
  /** Its settings; the literal `type` is its name. */
  readonly schema: z.ZodType<{ type: string }>
  readonly paradigm: Paradigm
  /** Name and arXiv number; null for what is older than arXiv. */
  readonly paper: string | null
  /** What it does, and its NFE, in one line. */
  readonly meaning: string
  /** Whether the number of forwards depends on the row; its cost is then measured on rows alone. */
  readonly adaptive: boolean
  /** What the model must have been trained with; anything of its paradigm when absent. */
  readonly needs?: SamplerNeed
} & (
  | {
      readonly dial: 'steps'
      /**
       * Where it stands in the sweep of a config that names no samplers: at every step count, at those that leave a
       * token for each step, at these values, or nowhere.
       */
      readonly defaultSweep: 'every' | 'within-length' | readonly number[] | null
    }
  | { readonly dial: Exclude<Dial, 'steps'>; readonly defaultSweep: readonly number[] | null }
  | {
      readonly dial: null
      /** The data label of its points, which have no dial. */
      readonly setting: string
      readonly defaultSweep: 'once' | null
    }
)

/** In the order of lists, and of the default sweep. */
export const samplerRows = [
  {
    schema: z.strictObject({
      type: z.literal('ar'),
      ...drawing,
      cache: z.boolean().default(true).describe('false recomputes the whole prefix for each token'),
      infill,
    }),
    paradigm: 'autoregressive',
    paper: null,
    meaning: 'token after token from a KV cache; NFE = tokens written, the prefill writes the first',
    adaptive: false,
    dial: null,
    setting: 'AR',
    defaultSweep: 'once',
  },
  {
    schema: z.strictObject({
      type: z.literal('prompt-lookup'),
      drafted: count(64).default(8).describe('k, tokens that are drafted at most'),
      ngram: count(64)
        .default(5)
        .describe('length of the end that is looked for; shorter ones, down to 2, are looked for after it'),
      ...drawing,
      infill,
    }),
    paradigm: 'autoregressive',
    paper: '2304.04487',
    meaning:
      'drafts what followed the same n-gram earlier in the row, keeps what the model draws too: the text of ar; NFE = tokens written less drafts kept',
    adaptive: true,
    dial: 'drafted',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('mtp'), ...drawing, infill }),
    paradigm: 'autoregressive',
    needs: 'draft heads',
    paper: '2404.19737',
    meaning:
      'drafts with the extra heads of the last forward, keeps what the main head draws too: the text of ar; NFE = tokens written less drafts kept',
    adaptive: true,
    dial: null,
    setting: 'AR+MTP',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({
      type: z.literal('best-of'),
      candidates: count(1024).default(16).describe('n, texts that are drawn for a gap'),
      ...drawing,
    }),
    paradigm: 'autoregressive',
    paper: '2204.05999',
    meaning:
      'draws a gap n times behind its prefix alone and keeps the text with which the row is the likeliest, suffix included: any model fills gaps; NFE = n·(tokens + 1)',
    adaptive: false,
    dial: 'candidates',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('low-confidence'), steps, ...overMasks }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'LLaDA 2502.09992',
    meaning: 'keeps the surest predictions of a step, an equal share each step; NFE = S',
    adaptive: false,
    dial: 'steps',
    defaultSweep: 'within-length',
  },
  {
    schema: z.strictObject({ type: z.literal('margin'), steps, ...overMasks }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'Dream 2508.15487',
    meaning:
      'keeps the positions where the best token leads the second by most, an equal share each step; NFE = S',
    adaptive: false,
    dial: 'steps',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('entropy'), steps, ...overMasks }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'Dream 2508.15487',
    meaning: 'keeps the positions of lowest entropy, an equal share each step; NFE = S',
    adaptive: false,
    dial: 'steps',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('random'), steps, ...overMasks }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: null,
    meaning: 'the control: an equal share of the positions each step, in random order; NFE = S',
    adaptive: false,
    dial: 'steps',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('first-hitting'), ...overMasks }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'first-hitting 2409.02908',
    meaning:
      'the masked process in continuous time: one position a step, in random order; NFE = tokens written',
    adaptive: true,
    dial: null,
    setting: 'first-hitting',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('ancestral'), steps, ...overMasks }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'MDLM 2406.07524, section 4.1',
    meaning: "draws from the masked process' posterior; NFE ≤ S, as an unchanged canvas is not run again",
    adaptive: true,
    dial: 'steps',
    defaultSweep: 'every',
  },
  {
    schema: z.strictObject({
      type: z.literal('threshold'),
      tau: z.number().gt(0).max(1).default(0.9),
      ...overMasks,
    }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'Fast-dLLM 2505.22618',
    meaning: 'commits every position with confidence ≥ τ, at least one a step; NFE by the row',
    adaptive: true,
    dial: 'tau',
    defaultSweep: [0.9, 0.7, 0.5],
  },
  {
    schema: z.strictObject({
      type: z.literal('factor'),
      factor: z
        .number()
        .gt(0)
        .max(1024)
        .default(1)
        .describe('f: n at once need confidence above 1 − f/(n+1)'),
      ...overMasks,
    }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'Fast-dLLM 2505.22618',
    meaning: 'commits the n surest with (n+1)(1 − c) < f, at least one a step; NFE by the row',
    adaptive: true,
    dial: 'factor',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({
      type: z.literal('entropy-bound'),
      gamma: z
        .number()
        .min(0)
        .max(1024)
        .default(0.1)
        .describe('γ, nats that drawing apart may lose in a step'),
      settle,
      trust: z
        .boolean()
        .optional()
        .describe(
          'for uniform-state models: true tells the network that what is written is clean, as one that was trained on rows with given tokens knows it; when absent, only how much of the row is',
        ),
      ...overMasks,
    }),
    paradigm: 'masked-diffusion',
    paper: 'entropy-bounded unmasking 2505.24857',
    meaning:
      'commits the least open positions while ΣH − max H ≤ γ, at least one a step; a uniform-state model reads fresh noise at the rest; NFE by the row',
    adaptive: true,
    dial: 'gamma',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({
      type: z.literal('remask'),
      steps,
      strategy: z
        .enum(['cap', 'rescale', 'confidence', 'loop'])
        .default('cap')
        .describe('σ is min(η, σ_max); η·σ_max; that by doubt; or that between t_on and t_off alone'),
      eta: share.default(0.02).describe('η; 0 takes nothing back'),
      tOn: share.default(0.55),
      tOff: share.default(0.05),
      alphaOn: z.number().gt(0).lt(1).default(0.9).describe('share of clean tokens during the loop'),
      ...overMasks,
    }),
    paradigm: 'masked-diffusion',
    needs: 'masks',
    paper: 'ReMDM 2503.00307',
    meaning: 'ancestral sampling that takes written tokens back with probability σ; NFE ≤ S',
    adaptive: true,
    dial: 'steps',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({
      type: z.literal('edit'),
      tauMask: share
        .default(0.7)
        .describe('τ_m, above which a masked position is committed; the surest always is'),
      tauEdit: share
        .default(0.5)
        .describe('τ_e, above which another token replaces a written one; 1: none does'),
      ...overMasks,
    }),
    paradigm: 'masked-diffusion',
    needs: 'wrong visible tokens',
    paper: 'LLaDA 2.1; drafts 2606.17175',
    meaning:
      'commits masked positions and overwrites written ones until nothing changes; text on free positions is a draft; NFE by the row',
    adaptive: true,
    dial: 'tauEdit',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({
      type: z.literal('uniform'),
      steps,
      kappa: share
        .default(1)
        .describe('κ, share of the posterior; the rest is noised afresh (predictor-corrector)'),
      settle,
      ...drawing,
    }),
    paradigm: 'masked-diffusion',
    needs: 'uniform noise',
    paper: 'Duo 2506.10892',
    meaning:
      "draws every position anew from the uniform-state process' posterior each step; NFE = S, less where it settles",
    adaptive: true,
    dial: 'steps',
    defaultSweep: 'every',
  },
  {
    schema: z.strictObject({
      type: z.literal('ddim'),
      steps,
      ...drawing,
      eta: share
        .optional()
        .describe('η, share of the ancestral noise (eq. 16): ζ = η·σ_s√(1−e^{γ_s−γ_t}); none when absent'),
      ...walking,
    }),
    paradigm: 'continuous-diffusion',
    paper: 'DDIM 2010.02502',
    meaning: 'ζ = 0, no noise on the way; NFE = S + 1, with the final clean-up pass',
    adaptive: false,
    dial: 'steps',
    defaultSweep: 'every',
  },
  {
    schema: z.strictObject({ type: z.literal('gaussian-ancestral'), steps, ...drawing, ...walking }),
    paradigm: 'continuous-diffusion',
    paper: 'DDPM 2006.11239',
    meaning: 'ζ = σ_s√(1−e^{γ_s−γ_t}), fresh noise each step; NFE = S + 1',
    adaptive: false,
    dial: 'steps',
    defaultSweep: 'every',
  },
  {
    schema: z.strictObject({
      type: z.literal('renoise'),
      steps,
      ...drawing,
      kappa: share
        .optional()
        .describe('κ, share of the noise that is drawn afresh: ζ = κ·σ_s; all of it when absent'),
      ...walking,
    }),
    paradigm: 'continuous-diffusion',
    paper: 'SSD-LM 2210.17432',
    meaning: 'ζ = σ_s, noises the estimate afresh each step, which loses what is rare; NFE = S + 1',
    adaptive: false,
    dial: 'steps',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('dpm-solver++'), steps, ...drawing, ...walking }),
    paradigm: 'continuous-diffusion',
    paper: 'DPM-Solver++(2M) 2211.01095',
    meaning: 'order 2 from the estimate of the step before, no noise on the way; NFE = S + 1',
    adaptive: false,
    dial: 'steps',
    defaultSweep: null,
  },
  {
    schema: z.strictObject({ type: z.literal('heun'), steps, ...drawing, ...walking }),
    paradigm: 'continuous-diffusion',
    paper: 'EDM 2206.00364',
    meaning: 'order 2 from two evaluations a step, no noise on the way; NFE = 2S + 1',
    adaptive: false,
    dial: 'steps',
    defaultSweep: null,
  },
] as const satisfies readonly SamplerRow[]
