/** @file manifest.json of a checkpoint: everything needed to run, verify and resume it. */
import { z } from 'zod'
import { datasetConfigSchema, modelEntrySchema, trainingConfigSchema } from './config.ts'
import { paradigms } from './paradigms.ts'

export const manifestSchemaVersion = 1

/** The backbone after presets and the depth dial were applied. */
export const backboneConfigSchema = z.strictObject({
  depth: z.number().int().positive(),
  width: z.number().int().positive(),
  heads: z.number().int().positive(),
  mlpWidth: z.number().int().positive(),
  mlp: z.enum(['swiglu', 'relu2']),
  convolution: z.number().int().min(0),
  context: z.number().int().positive(),
  ropeBase: z.number().positive(),
})
export type BackboneConfig = z.infer<typeof backboneConfigSchema>

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
  seed: z.number().int(),
  step: z.number().int(),
  totalSteps: z.number().int(),
  tokens: z.number(),
  seconds: z.number().describe('training time so far'),
  engine: z.string(),
  process: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('learned state of the process, e.g. the time warp'),
  validation: z.number().nullable().describe('bits a character on held-out rows'),
  parameterGroups: z.record(z.string(), z.number()),
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.number().int() })),
  provenance: z.record(z.string(), z.unknown()),
})
export type Manifest = z.infer<typeof manifestSchema>
