/**
 * @file results.json: what `compare` writes and all that `report` reads. A value that is a bound says which.
 */
import { z } from 'zod'
import { engineChoiceSchema } from './calibration.ts'
import { itemsSchema } from './items.ts'
import { metricNames } from './metrics.ts'
import { paradigms } from './paradigms.ts'
import { samplerSchema } from './samplers.ts'

/**
 * 2: provenance tells how the engine was chosen. 3: metrics keep their items; characters are code points, words of fewer than
 * four count no more, the entropy is the source's, intervals are those of clusters. Files of versions 1 and 2 are read as well.
 */
export const resultsSchemaVersion = 3

export const boundTypes = [
  'exact',
  'left-to-right',
  'masked-nelbo',
  'block-nelbo',
  'uniform-nelbo',
  'gaussian-vlb',
] as const
export type BoundType = (typeof boundTypes)[number]

/** One measured number with its interval. Nothing is plotted without `n`. */
export const metricSchema = z.strictObject({
  task: z.string().describe('what was measured on, with its version: likelihood@1, unconditional@1'),
  name: z.enum(metricNames),
  value: z.number(),
  ci95: z
    .tuple([z.number(), z.number()])
    .nullable()
    .describe('95% interval; null where too few units leave none'),
  stderr: z.number().nullable().describe('standard error; null where it is unknown'),
  n: z.number().int().nonnegative(),
  unit: z.string(),
  higherIsBetter: z.boolean().nullable().describe('null: neither (entropy)'),
  boundType: z.enum(boundTypes).nullable().describe('null: not a likelihood'),
  parts: z
    .record(z.string(), z.number())
    .optional()
    .describe('summands of the value, e.g. reconstruction, diffusion, prior'),
  strata: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.number(),
        ci95: z.tuple([z.number(), z.number()]).nullable(),
        n: z.number().int().positive(),
      }),
    )
    .optional()
    .describe('the same by kind of problem, e.g. difficulty 0–3'),
  draws: z.number().int().positive().optional().describe('Monte Carlo draws a row, of a bound'),
  forwards: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('network evaluations a row: two for each draw of a self-conditioned model'),
  information: z
    .array(z.strictObject({ gamma: z.number(), value: z.number() }))
    .optional()
    .describe('of a Gaussian bound: the value for each unit of γ = −log SNR, at bins of γ'),
  items: itemsSchema.optional().describe('what the error rests on; absent in versions 1 and 2'),
})
export type Metric = z.infer<typeof metricSchema>

export const latencySchema = z.strictObject({
  batch: z.number().int().positive(),
  tokens: z.number().int().nonnegative().describe('tokens written for one text'),
  n: z.number().int().positive(),
  p50: z.number().describe('ms for a whole text, or for all texts of a batch'),
  p90: z.number().nullable().describe('ms; null below 64 repeats'),
  ci95: z.tuple([z.number(), z.number()]).nullable().describe('of the median, ms'),
  msFirstToken: z.number().nullable().describe('median ms to the first committed token'),
  tokensPerSecond: z.number(),
})
export type Latency = z.infer<typeof latencySchema>

export const modelRecordSchema = z.strictObject({
  id: z.string(),
  label: z.string(),
  group: z.string().describe('models of one group were trained alike and may be compared: fresh, reference'),
  paradigm: z.enum(paradigms),
  parameters: z.number().int(),
  parameterGroups: z
    .record(z.string(), z.number())
    .describe('backbone, embeddings, time, self-conditioning, …'),
  trainingTokens: z.number(),
  trainingSeconds: z.number().nullable(),
  trainingEngine: z.string(),
  dataset: z.string(),
  tokenizer: z.string(),
  checkpointSha256: z.string(),
  loadMs: z.number().nullable(),
  firstInferenceMs: z.number().nullable(),
})
export type ModelRecord = z.infer<typeof modelRecordSchema>

/** One point of a sweep: quality, cost and latency from the same run and the same sampler. */
export const pointSchema = z.strictObject({
  id: z.string(),
  model: z.string(),
  sampler: samplerSchema,
  samplerLabel: z.string().describe('for a legend: low-confidence, ddim'),
  setting: z.string().describe('for a data label: S=16, τ=0.9, AR'),
  configHash: z.string(),
  nfe: z.number().describe('mean forwards a text'),
  nfeItems: itemsSchema.optional().describe('forwards of each text; absent where all take the same number'),
  tokenPositions: z.number().describe('mean query positions a text'),
  quality: z.array(metricSchema),
  latency: z.array(latencySchema),
})
export type Point = z.infer<typeof pointSchema>

/** A text source without a model (held-out text, or a control that must lose or be flagged). */
export const baselineSchema = z.strictObject({
  id: z.string(),
  label: z.string(),
  kind: z.enum(['held-out', 'control']),
  quality: z.array(metricSchema),
})
export type Baseline = z.infer<typeof baselineSchema>

export const trainingPointSchema = z.strictObject({
  step: z.number().int(),
  tokens: z.number(),
  seconds: z.number(),
  loss: z.number().describe('nats a token; not comparable across paradigms'),
  validation: z
    .number()
    .nullable()
    .describe('bits a character on held-out rows, of the bound type of the model'),
})
export const trainingCurveSchema = z.strictObject({ model: z.string(), points: z.array(trainingPointSchema) })
export type TrainingCurve = z.infer<typeof trainingCurveSchema>

/** A full snapshot of the canvas after a step; a consumer replaces, never appends. */
export const traceEventSchema = z.strictObject({
  step: z.number().int(),
  forwards: z.number().int(),
  tMs: z.number(),
  text: z.array(z.string()).describe('one entry a position; MASK and specials as their names, e.g. <mask>'),
  committed: z.array(z.number().int()),
  changed: z.array(z.number().int()),
  confidence: z.array(z.number()).optional(),
  entropy: z
    .array(z.number())
    .optional()
    .describe("nats of the model's distribution by position, of samplers that look at all of them"),
})
export type TraceRecord = z.infer<typeof traceEventSchema>

export const sampleSchema = z.strictObject({
  model: z.string(),
  point: z.string(),
  texts: z.array(z.string()),
  trace: z.array(traceEventSchema).optional().describe('of the first text'),
})
export type SampleRecord = z.infer<typeof sampleSchema>

export const provenanceSchema = z.strictObject({
  trivium: z.string(),
  gitSha: z.string().nullable(),
  gitDirty: z.boolean().nullable(),
  lockfileSha256: z.string().nullable(),
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number().int(),
  memoryGiB: z.number(),
  engine: z.string().describe('wasm, wasm+openblas, native, …'),
  engineThreads: z.number().int().nullable(),
  engineChoice: engineChoiceSchema.optional().describe('absent in version 1'),
  seeds: z.array(z.number().int()),
  datasetSha256: z.string(),
  argv: z.array(z.string()),
})
export type Provenance = z.infer<typeof provenanceSchema>

export const parallelismSchema = z.strictObject({
  model: z.string(),
  samplerLabel: z.string(),
  points: z.number().int().positive(),
  aup: z
    .number()
    .nullable()
    .describe('accuracy under parallelism (d3LLM 2601.07568); null where nothing is right'),
  leastAccuracy: z.number().describe('99% of the best accuracy of any model'),
  tokensPerForward: z.number().nullable().describe('most at that accuracy; null where no point has it'),
})
export type Parallelism = z.infer<typeof parallelismSchema>

export const breakEvenSchema = z.strictObject({
  model: z.string(),
  baseline: z.string().describe('the autoregressive model'),
  batch: z.number().int().positive(),
  nfe: z.number(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
})
export type BreakEvenRecord = z.infer<typeof breakEvenSchema>

export const resultsSchema = z.strictObject({
  schemaVersion: z.literal([1, 2, resultsSchemaVersion]),
  name: z.string(),
  description: z.string().optional(),
  evaluationVersion: z
    .number()
    .int()
    .optional()
    .describe('numbersVersion.evaluation of the code that measured: figures of two versions do not compare'),
  partial: z
    .string()
    .optional()
    .describe('why this is a part of what was to be measured: it draws a report and gates nothing'),
  createdAt: z.string(),
  wallSeconds: z.number(),
  provenance: provenanceSchema,
  dataset: z.strictObject({
    name: z.string(),
    view: z.string(),
    trainCharacters: z.number().int(),
    testCharacters: z.number().int(),
    heldOut: z.string().describe('in words: what the held-out part is'),
  }),
  models: z.array(modelRecordSchema),
  metrics: z.array(metricSchema.extend({ model: z.string() })).describe('one model each: likelihoods'),
  nGramBits: z
    .array(z.strictObject({ order: z.number().int(), bitsPerCharacter: z.number() }))
    .describe('interpolated n-gram models on the same held-out text, for orientation'),
  points: z.array(pointSchema),
  baselines: z.array(baselineSchema),
  parallelism: z
    .array(parallelismSchema)
    .optional()
    .describe('of answers: what each sampler of each model makes of parallelism, over all its points'),
  breakEven: z
    .array(breakEvenSchema)
    .optional()
    .describe('NFE*: so many forwards take as long as the autoregressive model takes for the whole text'),
  training: z.array(trainingCurveSchema),
  samples: z.array(sampleSchema),
  notes: z.array(z.string()).describe('what was rejected, truncated or filtered; what a reader must know'),
  sha256: z.string().optional().describe('of everything else, as canonical JSON: an edited file is refused'),
})
export type Results = z.infer<typeof resultsSchema>
