/** @file `--limit`: a measurement cut short on purpose, and the stamp that keeps it from passing for a whole one. */
import type { EvaluationConfig } from '@trivium/schema'

/** At most `most` texts, answers and scored rows of each measurement; null where that cuts nothing. */
export function limited(
  evaluation: EvaluationConfig,
  most: number | undefined,
): { readonly evaluation: EvaluationConfig; readonly partial: string } | null {
  if (most === undefined) return null
  const { samples, likelihoodRows } = evaluation
  if (samples <= most && likelihoodRows <= most) return null
  return {
    evaluation: {
      ...evaluation,
      samples: Math.min(samples, most),
      likelihoodRows: Math.min(likelihoodRows, most),
    },
    partial: `--limit ${most}: at most ${most} texts, answers and scored rows where ${samples} and ${likelihoodRows} were asked for`,
  }
}
