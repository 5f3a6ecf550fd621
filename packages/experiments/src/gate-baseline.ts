/** @file The file of a gate's baseline: reading it, and accepting a run as the new one. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { checkFile, writeAtomically } from '@trivium/files'
import {
  checkResults,
  type GateBaseline,
  gateBaselineSchema,
  gateBaselineSchemaVersion,
  InputError,
  parseInput,
  parseJson,
  parseOutput,
} from '@trivium/schema'
import { checkSeal, compactResults, readResults } from './results.ts'

/** @throws InputError when there is none, or it is no whole baseline */
export function readBaseline(path: string): GateBaseline {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new InputError(
      `the baseline ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); write one with \`trivium baseline accept\``,
    )
  }
  const remedy = 'write it again with `trivium baseline accept`'
  const value = parseJson(text, path, remedy)
  const baseline = parseInput(gateBaselineSchema, value, path, remedy)
  checkResults(baseline.results, path)
  checkSeal((value as GateBaseline).results, path, remedy)
  return baseline
}

/**
 * Makes what a run measured the baseline at `path`, with who accepts it and why; the history of what was accepted there stays.
 * @throws InputError when the run is partial or empty or cannot be read, the reason is empty, or another file is at `path`
 */
export function acceptBaseline(run: string, path: string, reason: string): GateBaseline {
  if (reason.trim() === '')
    throw new InputError('a baseline needs a reason: what has changed, and why that is right')
  const { results } = readResults(run)
  if (results.partial !== undefined)
    throw new InputError(`${run} is partial (${results.partial}) and can be no baseline; measure it whole`)
  if (results.metrics.length + results.points.length === 0)
    throw new InputError(`${run} holds no figure and can be no baseline; finish the run`)
  checkFile(path)
  const before = existsSync(path) ? readBaseline(path) : null
  if (before !== null && before.results.name !== results.name)
    throw new InputError(
      `${path} is the baseline of ${before.results.name}, not of ${results.name}; name another file`,
    )
  // Curves are of no use to a gate; what ran where may name folders of a machine.
  const provenance = { ...results.provenance, argv: [] }
  const kept = compactResults({ ...results, training: [], provenance })
  const { sha256 } = kept
  const accepted = { by: accepter(), at: new Date().toISOString(), reason: reason.trim(), sha256 }
  const baseline: GateBaseline = {
    schemaVersion: gateBaselineSchemaVersion,
    history: before === null ? [accepted] : [...before.history, accepted],
    results: kept,
  }
  writeAtomically(path, `${JSON.stringify(parseOutput(gateBaselineSchema, baseline, path), null, 1)}\n`)
  return baseline
}

function accepter(): string {
  const { GITHUB_ACTOR } = process.env
  if (GITHUB_ACTOR) return GITHUB_ACTOR
  try {
    const name = execFileSync('git', ['config', 'user.name'], { encoding: 'utf8', timeout: 10_000 }).trim()
    if (name !== '') return name
  } catch {
    // No git, or nobody told it a name.
  }
  return userInfo().username
}
