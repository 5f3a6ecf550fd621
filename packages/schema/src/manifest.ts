/** @file manifest.json of a checkpoint: everything needed to run, verify and resume it. */
import { z } from 'zod'
import { backboneConfigSchema } from './backbone.ts'
import { datasetConfigSchema, modelEntrySchema, trainingConfigSchema } from './config.ts'
import { count } from './numbers.ts'
import { paradigms } from './paradigms.ts'

export const manifestSchemaVersion = 1

const file = z.strictObject({ sha256: z.string(), bytes: count(Number.MAX_SAFE_INTEGER, 0) })

export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(manifestSchemaVersion),
  name: z.string(),
  paradigm: z.enum(paradigms),
  backbone: backboneConfigSchema,
  entry: modelEntrySchema,
  training: trainingConfigSchema,
  dataset: datasetConfigSchema,
  datasetSha256: z.string(),
  tokenizer: z.unknown().describe('the tokenizer, as its own toJSON()'),
  seed: count(Number.MAX_SAFE_INTEGER, 0),
  step: count(Number.MAX_SAFE_INTEGER, 0),
  totalSteps: count(Number.MAX_SAFE_INTEGER, 0),
  tokens: z.number().min(0),
  seconds: z.number().min(0).describe('training time so far'),
  engine: z.string(),
  process: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('learned state of the process, e.g. the time warp'),
  validation: z.number().nullable().describe('bits a character on held-out rows'),
  parameterGroups: z.record(z.string(), z.number()),
  files: z.strictObject({
    'model.safetensors': file,
    'state.safetensors': file.optional().describe('absent in a released checkpoint, which cannot be resumed'),
  }),
  provenance: z.record(z.string(), z.unknown()),
  numbersSha256: z
    .string()
    .optional()
    .describe('over all that decides its numbers; manifests of older versions carry none'),
})
export type Manifest = z.infer<typeof manifestSchema>
