/** @file One model's evaluation split over worker processes. The shares give the very numbers of one process. */

import { readManifest } from '@trivium/models/node'
import {
  type EvaluationHooks,
  type EvaluationJob,
  type EvaluationProgress,
  type ModelEvaluation,
  sweepOf,
} from './evaluate.ts'
import { inWorkers, type Work } from './pool.ts'

/**
 * `runEvaluationJob`, its points dealt out to at most `jobs` processes.
 * @returns null when `signal` fired, which ends them at once
 * @throws InputError when the checkpoint is broken or its dataset has changed
 */
export async function runSplitEvaluation(
  job: EvaluationJob,
  jobs: number,
  hooks: EvaluationHooks = {},
): Promise<ModelEvaluation | null> {
  const { candidate, evaluation } = job
  const manifest = readManifest(candidate.checkpoint)
  const { points } = sweepOf(manifest, candidate.samplers, evaluation)
  const of = Math.min(jobs, points.length)
  const progress = new Array<EvaluationProgress | undefined>(of)
  const total = points.length + 1
  const works = Array.from({ length: of }, (_, index): Work<ModelEvaluation | null> => {
    const name = `${candidate.name} ${index + 1}/${of}`
    const onProgress = (update: EvaluationProgress): void => {
      progress[index] = update
      const done = progress.reduce((sum, p) => sum + (p?.done ?? 0), 0)
      hooks.onProgress?.({ done, total, what: update.what })
    }
    return (run, signal) =>
      run({ kind: 'evaluate', name, input: { ...job, share: { index, of } } }, { onProgress, signal })
  })
  const shares = await inWorkers(works, { jobs: of, signal: hooks.signal })
  return shares.every((share) => share !== null) ? joinShares(shares) : null
}

/** Point i stands in share i mod n. */
function joinShares(shares: readonly ModelEvaluation[]): ModelEvaluation {
  const deal = <T>(lists: readonly (readonly T[])[]): T[] => {
    const count = lists.reduce((n, list) => n + list.length, 0)
    return Array.from({ length: count }, (_, i) => lists[i % lists.length][Math.floor(i / lists.length)])
  }
  return {
    likelihoods: shares[0].likelihoods,
    points: deal(shares.map(({ points }) => points)),
    samples: deal(shares.map(({ samples }) => samples)),
    written: deal(shares.map(({ written }) => written)),
    notes: shares.flatMap(({ notes }) => notes),
  }
}
