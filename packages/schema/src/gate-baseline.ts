/** @file The baseline of a gate: results that somebody accepted, who that was, when, and why. */
import { z } from 'zod'
import { resultsSchema } from './results.ts'

export const gateBaselineSchemaVersion = 1

export const gateBaselineSchema = z.strictObject({
  schemaVersion: z.literal(gateBaselineSchemaVersion),
  history: z
    .array(
      z.strictObject({
        by: z.string(),
        at: z.string(),
        reason: z.string().min(1),
        sha256: z.string().describe('of the results that were accepted'),
      }),
    )
    .nonempty()
    .describe('every acceptance, the oldest first; the last is of these results'),
  results: resultsSchema.describe('without samples and traces'),
})
export type GateBaseline = z.infer<typeof gateBaselineSchema>
