/**
 * @file Measuring the engines that load here on a model of about this size, each in a process of its own, and keeping the
 * figures for the next time.
 */
import {
  type Calibration,
  candidateTable,
  type EngineCandidate,
  type EngineName,
  engineCandidates,
} from '@trivium/schema'
import type { Workload } from '../proxy.ts'
import { firstLine } from '../starting.ts'
import { blasFiles } from './blas-files.ts'
import { keepSize, keptSizes } from './calibration-cache.ts'
import { askChild } from './child-process.ts'
import type { EngineOptions } from './loaders.ts'
import { hasPackage, nativeState } from './native-addon.ts'
import { dawnPath } from './webgpu.ts'

/** What the child is asked: to load one candidate, and to measure it when there is a workload. */
export type CandidateQuestion = {
  candidate: EngineCandidate
  threads: number | null
  workload: Workload | null
}
export type CandidateAnswer =
  | { label: string; trainMs: number; forwardMs: number }
  | { failure: string; advice: string }

/** The engine behind a candidate's name, and whether it uses a BLAS. */
export function settingsOf(candidate: EngineCandidate): { name: EngineName; blas: EngineOptions['blas'] } {
  const { engine, blas } = candidateTable[candidate]
  return { name: engine, blas }
}

/** What is installed, whole or not; nothing is loaded. wasm is always part of it. */
export function installedCandidates(): EngineCandidate[] {
  const installed: Record<EngineCandidate, () => boolean> = {
    cuda: () => nativeState('cuda').state !== 'absent' || hasPackage('@tensorflow/tfjs-node-gpu'),
    native: () => nativeState('native').state !== 'absent' || hasPackage('@tensorflow/tfjs-node'),
    webgpu: () => dawnPath() !== null,
    'wasm+blas': () => blasNamed() || blasFiles().length > 0,
    wasm: () => true,
  }
  return engineCandidates.filter((candidate) => installed[candidate]())
}

/** Whether TRIVIUM_BLAS names a library, which then must work. */
export const blasNamed = (): boolean => !['', 'off'].includes(process.env.TRIVIUM_BLAS ?? '')

/** The ranking changes slowly with the size, so widths and lengths go in steps of two and rows in steps of four. */
export function bucketOf({ width, length, batch }: Workload): Workload {
  const up = (x: number, base: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, base ** Math.ceil(Math.log(x) / Math.log(base) - 1e-9)))
  return { width: up(width, 2, 32, 4096), length: up(length, 2, 32, 512), batch: up(batch, 4, 1, 64) }
}

export type Measured = {
  readonly calibration: Calibration
  /** Measured now rather than kept from before. */
  readonly fresh: boolean
}

/**
 * Figures of every installed candidate at this size, kept ones where there are any.
 * @param again measures even then
 */
export async function calibrate(
  workload: Workload,
  threads: number | null,
  { again = false, log }: { again?: boolean; log?: (line: string) => void } = {},
): Promise<Measured> {
  const size = bucketOf(workload)
  const kept = keptSizes().find(
    (c) =>
      c.width === size.width && c.length === size.length && c.batch === size.batch && c.threads === threads,
  )
  if (kept !== undefined && !again) return { calibration: kept, fresh: false }
  const candidates = installedCandidates()
  log?.(
    `measuring ${candidates.join(', ')}, once for models of width up to ${size.width}, to take the fastest here (kept; trivium doctor shows it)`,
  )
  const figures: Calibration['figures'] = []
  const failures: Calibration['failures'] = []
  for (const candidate of candidates) {
    // The last one: when no other loads there is nothing to compare it with.
    if (candidate === 'wasm' && figures.length === 0) break
    const answer = await askCandidate({ candidate, threads, workload: size })
    if ('failure' in answer) failures.push({ candidate, reason: `${answer.failure}; ${answer.advice}` })
    else figures.push({ candidate, ...answer })
  }
  const calibration: Calibration = { ...size, threads, figures, failures }
  // Where nothing at all could be measured the reason lies outside of the engines, and may be gone next time.
  if (figures.length > 0) keepSize(calibration)
  return { calibration, fresh: true }
}

/** Never rejects: a child that died is a failure with what ended it. */
export async function askCandidate(question: CandidateQuestion): Promise<CandidateAnswer> {
  try {
    return (await askChild('calibration-child', [JSON.stringify(question)])) as CandidateAnswer
  } catch (error) {
    return {
      failure: `its process ended without an answer: ${firstLine(error)}`,
      advice: 'see trivium doctor',
    }
  }
}
