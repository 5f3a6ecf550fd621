/** @file The baseline of a gate: results that somebody accepted, who that was, and why. */
import { z } from 'zod'
import { resultsSchema } from './results.ts'

export const gateBaselineSchemaVersion = 1

export const gateBaselineSchema = z.strictObject({
  schemaVersion: z.literal(gateBaselineSchemaVersion),
  numbers: z
    .number()
    .int()
    .describe('the version of the evaluation that measured it; another one measures another thing'),
  accepted: z.strictObject({
    by: z.string(),
    at: z.string(),
    reason: z.string().min(1),
  }),
  results: resultsSchema.describe('without samples and traces'),
})
export type GateBaseline = z.infer<typeof gateBaselineSchema>
