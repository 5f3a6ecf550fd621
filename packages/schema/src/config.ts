/**
 * @file The experiment file: one YAML a comparison. Every object is strict, so a misspelt key is an error and
 * never a silent default.
 */
import { z } from 'zod'
import { backboneConfigSchema } from './backbone.ts'
import { engineNames } from './engines.ts'
import { count, decay, share, size, temperature } from './numbers.ts'
import { type Paradigm, paradigms, paradigmTable } from './paradigms.ts'
import { samplerMismatch, samplerSchema } from './samplers.ts'
import { symbolsSchema } from './tokenizer.ts'

const pin = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
  .optional()
  .describe('the content that is wanted: anything else is refused before the start')

/** Where text comes from: a dataset of `@trivium/corpus` by name, or any local UTF-8 file. */
const textDatasetSchema = z.strictObject({
  type: z.literal('text').optional().describe('text, which may be left out; task; examples; or language'),
  name: z
    .string()
    .min(1)
    .describe('a dataset of `ls datasets` (sotu, moby-dick), or `file` for a local UTF-8 file'),
  path: z.string().optional().describe('the file, when name is `file`; relative to the config file'),
  view: z
    .enum(['text8', 'general', 'raw'])
    .default('text8')
    .describe(
      'text8: a–z and space (27 characters); general: printable ASCII and newline; raw: as it stands',
    ),
  sha256: pin,
})
export type TextDatasetConfig = z.infer<typeof textDatasetSchema>

/** Problems that a task of `@trivium/tasks` draws, with an exact verifier. */
const taskDatasetSchema = z.strictObject({
  type: z.literal('task'),
  name: z.string().min(1).describe('a task of `ls tasks`: sudoku, addition, records, …'),
  options: z.record(z.string(), z.unknown()).default({}).describe("the task's own, e.g. size: 6"),
  rendering: z
    .enum(['sequence', 'canvas'])
    .optional()
    .describe(
      'sequence: condition, then answer; canvas: blanks in place. Absent: diffusion takes canvas where the task has it, autoregression always sequence',
    ),
  text: textDatasetSchema
    .optional()
    .describe(
      'what infill, correction and edit cut their rows from; their splits are the splits of the text',
    ),
  sha256: pin,
})
export type TaskDatasetConfig = z.infer<typeof taskDatasetSchema>

/** Rows of a synthetic language of `@trivium/languages`, whose likelihoods and denoiser are exact. */
const languageDatasetSchema = z.strictObject({
  type: z.literal('language'),
  name: z.string().min(1).describe('iid, markov, hmm, blocks, chain or brackets'),
  options: z.record(z.string(), z.unknown()).default({}).describe('its sizes, e.g. vocabSize: 8, seed: 1'),
  length: count(4096).default(64).describe('tokens L of a row'),
  sha256: pin,
})
export type LanguageDatasetConfig = z.infer<typeof languageDatasetSchema>

/** A user's own conditions and answers, one a line. */
const examplesDatasetSchema = z.strictObject({
  type: z.literal('examples'),
  path: z
    .string()
    .min(1)
    .describe(
      'JSONL: {"prompt","answer"} or {"text","given":[[from,to]]} a line; relative to the config file',
    ),
  sha256: pin,
})
export type ExamplesDatasetConfig = z.infer<typeof examplesDatasetSchema>

export const datasetConfigSchema = z.discriminatedUnion('type', [
  textDatasetSchema,
  taskDatasetSchema,
  examplesDatasetSchema,
  languageDatasetSchema,
])
export type DatasetConfig = z.infer<typeof datasetConfigSchema>

export const tokenizerConfigSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('char'),
    alphabet: z
      .enum(['text8', 'general'])
      .default('text8')
      .describe('text8: space and a–z; general: printable ASCII and newline'),
  }),
  z.strictObject({
    type: z.literal('symbols'),
    characters: symbolsSchema.describe('one id a character, each once, in this order'),
  }),
  z.strictObject({ type: z.literal('byte') }),
  z.strictObject({ type: z.literal('bpe'), vocabSize: count(65_536, 257).default(1024) }),
])
export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>

const backbone = backboneConfigSchema.shape

/** The shared backbone. `preset` fixes the shape; every other key overrides it. */
export const modelConfigSchema = z.strictObject({
  preset: z
    .enum(['tiny', 'small', 'base', 'large'])
    .optional()
    .describe('tiny ≈0.3 M, small ≈0.8 M, base ≈5 M, large ≈25 M parameters'),
  depth: backbone.depth
    .optional()
    .describe('number of blocks; derives width, heads, MLP size and learning rate'),
  width: backbone.width.optional().describe('residual width D; a multiple of heads × 2'),
  heads: backbone.heads.optional(),
  mlpWidth: backbone.mlpWidth.optional().describe('hidden size of the MLP'),
  mlp: backbone.mlp.optional(),
  convolution: backbone.convolution
    .optional()
    .describe('taps of the short depthwise convolution; 0 switches it off'),
  context: backbone.context.optional().describe('longest sequence L'),
  ropeBase: backbone.ropeBase.optional(),
  positions: backbone.positions,
})
export type ModelConfig = z.infer<typeof modelConfigSchema>

export const trainingConfigSchema = z.strictObject({
  tokens: count(1e12).default(409_600).describe('training budget in tokens'),
  examples: count(1e12)
    .optional()
    .describe('training budget in example rows, of a task or an example file; instead of tokens'),
  batchSize: size.default(16).describe('rows B of one micro-batch'),
  length: size.optional().describe('tokens L of one row; the model context when absent'),
  accumulation: size.default(1).describe('micro-batches for one optimiser step'),
  learningRate: z
    .number()
    .min(1e-9)
    .max(1)
    .optional()
    .describe('peak rate, about what a weight moves in a step; derived from depth when absent'),
  warmup: share.default(0.05).describe('share of the steps that warm up linearly'),
  finalRate: share.default(0.05).describe('rate at the end of the cosine, as a share of the peak'),
  beta1: decay.default(0.9).describe('decay of the mean gradient'),
  beta2: decay.default(0.99).describe('decay of the mean squared gradient'),
  weightDecay: z.number().min(0).max(10).default(0.01).describe('decoupled; matrices only'),
  clipNorm: z
    .number()
    .min(1e-6)
    .max(1e9)
    .default(1)
    .describe('global gradient norm limit; a large one clips nothing'),
  ema: decay.default(0.999).describe('decay of the averaged weights; 0 switches averaging off'),
  checkpointEverySteps: count(1e9).default(200),
  evalEverySteps: count(1e9).optional().describe('validation interval; about ten times a run when absent'),
})
export type TrainingConfig = z.infer<typeof trainingConfigSchema>

/**
 * The same keys, all optional and without defaults: zod applies a default inside an optional field, which would undo
 * the shared training block.
 */
export const trainingOverridesSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(trainingConfigSchema.shape).map(([key, field]) => [
      key,
      (field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : (field as z.ZodType)).optional(),
    ]),
  ),
) as unknown as z.ZodType<Partial<TrainingConfig>, Partial<TrainingConfig>>

/** Names become folders and files of a run. */
const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]|(?<=[0-9])\.(?=[0-9]))*$/,
    'lower-case letters, digits and hyphens, and dots between digits',
  )

/** Two points of one setting would be one point in every chart. */
const samplersSchema = z
  .array(samplerSchema)
  .nonempty()
  .refine((all) => new Set(all.map((one) => JSON.stringify(one))).size === all.length, 'every sampler once')

const modelEntryBase = {
  name: nameSchema.describe('folder and label of this model'),
  model: modelConfigSchema.optional().describe('overrides of the shared model'),
  training: trainingOverridesSchema.optional().describe('overrides of the shared training'),
  from: z
    .string()
    .min(1)
    .optional()
    .describe(
      'a checkpoint of the same paradigm, shape and tokenizer whose weights the training begins with; relative to the config file',
    ),
  samplers: samplersSchema
    .optional()
    .describe('what the steps sweep runs; a default set for the paradigm when absent'),
}
type EntrySchema<P extends Paradigm> = z.ZodObject<
  { paradigm: z.ZodLiteral<P> } & typeof modelEntryBase & {
      options: z.ZodPrefault<(typeof paradigmTable)[P]['options']>
    },
  z.core.$strict
>
type AnyEntrySchema = { [P in Paradigm]: EntrySchema<P> }[Paradigm]

const entrySchemas = paradigms.map((paradigm) =>
  z.strictObject({
    paradigm: z.literal(paradigm),
    ...modelEntryBase,
    options: (paradigmTable[paradigm].options as z.ZodObject).prefault({}),
  }),
) as unknown as [AnyEntrySchema, ...AnyEntrySchema[]]

export const modelEntrySchema = z.discriminatedUnion('paradigm', entrySchemas)
export type ModelEntry = z.infer<typeof modelEntrySchema>

export const evaluationConfigSchema = z.strictObject({
  steps: z
    .array(size)
    .nonempty()
    .refine((steps) => new Set(steps).size === steps.length, 'every step count once')
    .default([4, 8, 16, 32, 64, 128])
    .describe('step counts S of the sweep'),
  samples: count(1e6).default(32).describe('texts drawn for a point'),
  batchSize: size.default(16).describe('texts, answers or scored rows that share a forward'),
  length: size.optional().describe('tokens of one drawn text; the model context when absent'),
  temperature: temperature.default(1),
  likelihoodRows: count(1e6).default(64).describe('held-out rows that are scored'),
  likelihoodDraws: count(1e6, 2)
    .default(32)
    .describe('Monte Carlo draws a row for the bounds; one has no standard error'),
  likelihoodOrder: z
    .enum(['any', 'left-to-right'])
    .default('any')
    .describe(
      'any: the bound over all orders that a masked model knows; left-to-right: exact, as if it wrote each row from its start, a forward for each token',
    ),
  likelihoodPasses: count(16)
    .optional()
    .describe(
      'forwards a draw for the bound of a self-conditioned model, each with the estimate of the one before, all counted; 2 when absent',
    ),
  judgeOrder: count(12, 2).default(7).describe('order of the Kneser–Ney judge'),
  latencyRepeats: count(1e6).default(8).describe('timed repeats of each point and batch size, interleaved'),
  latencyBatches: z
    .array(size)
    .nonempty()
    .refine((batches) => new Set(batches).size === batches.length, 'every batch size once')
    .default([1])
    .describe('texts that are written together while they are timed, e.g. [1, 4, 16, 64]; 1 is the headline'),
})
export type EvaluationConfig = z.infer<typeof evaluationConfigSchema>

export const experimentConfigSchema = z
  .strictObject({
    name: nameSchema,
    description: z.string().optional(),
    seed: count(Number.MAX_SAFE_INTEGER, 0).default(1),
    seeds: z
      .array(count(Number.MAX_SAFE_INTEGER, 0))
      .nonempty()
      .refine((seeds) => new Set(seeds).size === seeds.length, 'every seed once')
      .optional()
      .describe(
        'training seeds: each model is trained and evaluated with every one; `seed` alone when absent',
      ),
    engine: z
      .enum(['auto', ...engineNames])
      .default('auto')
      .describe('auto: the fastest here for the largest model, by measurement'),
    threads: count(1024)
      .optional()
      .describe('threads of the matrix products; TRIVIUM_THREADS or 1 when absent (libtensorflow: all)'),
    jobs: count(1024)
      .optional()
      .describe('worker processes at a time; as many as keep the cores busy when absent'),
    dataset: datasetConfigSchema,
    tokenizer: tokenizerConfigSchema
      .optional()
      .describe('needed for text and example files; a task brings its own'),
    model: modelConfigSchema.prefault({}),
    training: trainingConfigSchema.prefault({}),
    evaluation: evaluationConfigSchema.prefault({}),
    models: z
      .array(modelEntrySchema)
      .default([])
      .describe('what is trained and compared; may be empty where there are references or an oracle'),
    oracle: z
      .strictObject({
        samplers: samplersSchema.optional().describe('of masked diffusion; a default set when absent'),
      })
      .optional()
      .describe(
        'the exact denoiser of a language in the place of a network: what its samplers get wrong is their own',
      ),
    references: z
      .array(
        z.strictObject({
          name: nameSchema,
          checkpoint: z.string().min(1).describe('a folder, relative to the config file'),
          samplers: samplersSchema.optional(),
        }),
      )
      .default([])
      .describe('finished checkpoints that are evaluated beside, e.g. ../checkpoints/sotu-ar'),
  })
  .superRefine((config, context) => {
    checkOracle(config, context)
    const names = [...config.models, ...config.references].map((m) => m.name)
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined)
      context.addIssue({ code: 'custom', path: ['models'], message: `the name '${twice}' is used twice` })
    for (const [m, { from, ...model }] of config.models.entries())
      if (from !== undefined && 'distil' in model.options && model.options.distil !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['models', m, 'from'],
          message: 'a student begins with the weights of its teacher; leave it out',
        })
    for (const [m, model] of config.models.entries())
      for (const [s, { type }] of (model.samplers ?? []).entries()) {
        const mismatch = samplerMismatch(type, model)
        if (mismatch !== null)
          context.addIssue({
            code: 'custom',
            path: ['models', m, 'samplers', s, 'type'],
            message: `it ${mismatch}`,
          })
      }
    checkData(config, context)
  })
export type ExperimentConfig = z.infer<typeof experimentConfigSchema>

/** The name of the oracle among the models of a result. */
export const oracleName = 'oracle'

function checkOracle(
  {
    dataset,
    models,
    references,
    oracle,
  }: Pick<ExperimentConfig, 'dataset' | 'models' | 'references' | 'oracle'>,
  context: z.RefinementCtx,
): void {
  const issue = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path, message })
  if (oracle === undefined) {
    if (models.length + references.length === 0) issue(['models'], 'list at least one model, or references')
    return
  }
  if (dataset.type !== 'language') issue(['oracle'], 'only a dataset of type: language has an exact denoiser')
  if ([...models, ...references].some(({ name }) => name === oracleName))
    issue(['models'], `the name '${oracleName}' is the exact denoiser's; choose another`)
  for (const [s, { type }] of (oracle.samplers ?? []).entries()) {
    const mismatch = samplerMismatch(type, { paradigm: 'masked-diffusion', options: {} })
    if (mismatch !== null) issue(['oracle', 'samplers', s, 'type'], `it ${mismatch}`)
  }
}

/** What dataset, tokenizer and budget ask of each other. */
function checkData(
  {
    dataset,
    tokenizer,
    training,
    models,
  }: Pick<ExperimentConfig, 'dataset' | 'tokenizer' | 'training' | 'models'>,
  context: z.RefinementCtx,
): void {
  const issue = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path, message })
  const isText = dataset.type === undefined || dataset.type === 'text'
  const bringsOwn = dataset.type === 'task' || dataset.type === 'language'
  if (bringsOwn && tokenizer !== undefined)
    issue(['tokenizer'], `leave it out: a ${dataset.type} brings its own`)
  if (!bringsOwn && tokenizer === undefined)
    issue(['tokenizer'], 'is needed unless dataset.type is task or language')
  if (isText && dataset.name === 'file' && dataset.path === undefined)
    issue(['dataset', 'path'], 'is needed when dataset.name is `file`')
  if (isText && training.examples !== undefined)
    issue(['training', 'examples'], 'text has no examples; give training.tokens')
  for (const [m, { training: own }] of models.entries()) {
    if (isText && own?.examples !== undefined)
      issue(['models', m, 'training', 'examples'], 'text has no examples; give training.tokens')
    if (!isText && own?.length !== undefined)
      issue(['models', m, 'training', 'length'], 'leave it out: example rows have a length of their own')
  }
  if (!isText && training.length !== undefined)
    issue(['training', 'length'], 'leave it out: example rows have a length of their own')
}
