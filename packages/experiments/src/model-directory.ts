/** @file What lies in the directory of one model of a run: `models/<name>/`. */
import { join } from 'node:path'
import { readManifest } from '@trivium/models/node'
import { hasCheckpoint } from '@trivium/training/node'

export const modelDirectory = (run: string, name: string): string => join(run, 'models', name)

/** To go on from. */
export const lastCheckpoint = (directory: string): string => join(directory, 'checkpoints', 'last')
/** The best by validation. */
export const bestCheckpoint = (directory: string): string => join(directory, 'checkpoints', 'best')
/** A line of training progress each. */
export const metricsFile = (directory: string): string => join(directory, 'metrics.jsonl')

/** Whether the directory holds this model with its whole budget spent. */
export function isTrained(directory: string): boolean {
  if (!hasCheckpoint(lastCheckpoint(directory))) return false
  const { step, totalSteps } = readManifest(lastCheckpoint(directory))
  return step >= totalSteps
}
