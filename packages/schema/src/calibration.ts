/** @file What `auto` measured on a machine, and how an engine was chosen: the calibration file, and a part of provenance. */
import { z } from 'zod'
import { engineCandidates } from './engines.ts'

/** What a model is mostly asked to do: batches with gradients, or one text at a time. */
export const engineUses = ['training', 'sampling'] as const
export type EngineUse = (typeof engineUses)[number]

const size = z.number().int().positive()

export const calibrationSchema = z.strictObject({
  width: size.describe('residual width, rounded up to a power of two'),
  length: size.describe('positions, rounded up to a power of two'),
  batch: size.describe('rows of a training step, rounded up to a power of four'),
  threads: size.nullable().describe('of the BLAS and of libtensorflow as asked for; null: 1 and all'),
  figures: z.array(
    z.strictObject({
      candidate: z.enum(engineCandidates),
      label: z.string().describe('wasm, wasm+openblas, native, …'),
      trainMs: z
        .number()
        .positive()
        .describe('ms of two blocks forward and back with AdamW; the best of a few'),
      forwardMs: z
        .number()
        .positive()
        .describe('ms of two blocks forward at batch 1, read back; the best of a few'),
    }),
  ),
  failures: z.array(z.strictObject({ candidate: z.enum(engineCandidates), reason: z.string() })),
})
export type Calibration = z.infer<typeof calibrationSchema>

/** calibration.json. A machine that changes gets another key, so what was measured before is not used any more. */
export const calibrationFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  machines: z.record(
    z.string().describe('sha256 of `machine`'),
    z.strictObject({
      machine: z.record(z.string(), z.unknown()),
      usedAt: z.string(),
      sizes: z.array(calibrationSchema),
    }),
  ),
})
export type CalibrationFile = z.infer<typeof calibrationFileSchema>

export const engineChoiceSchema = z.strictObject({
  how: z
    .enum(['named', 'measured', 'only'])
    .describe('named by the user; the fastest that auto measured; the only one that loads'),
  use: z.enum(engineUses).nullable().describe('what it had to be fast at; null when nothing was measured'),
  calibration: calibrationSchema.nullable(),
})
export type EngineChoiceRecord = z.infer<typeof engineChoiceSchema>
