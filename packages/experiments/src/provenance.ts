/** @file What a result came from: code, machine, engine, data, command line. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '@trivium/files'
import {
  type EngineChoiceRecord,
  numbersVersion,
  type Provenance,
  parseOutput,
  provenanceSchema,
  resultsSchemaVersion,
} from '@trivium/schema'

export type ProvenanceParts = {
  readonly seeds: readonly number[]
  readonly datasetSha256: string
  readonly engine: {
    readonly label: string
    readonly threads: number | null
    readonly choice?: EngineChoiceRecord
  }
  readonly argv: readonly string[]
}

// src/ and dist/ lie equally deep.
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The provenance of a result made now. Git fields are null outside a checkout or without git. */
export async function gatherProvenance(
  parts: ProvenanceParts,
  root: string = repository,
): Promise<Provenance> {
  const status = git(root, 'status', '--porcelain', '--untracked-files=no')
  const lockfile = join(root, 'pnpm-lock.yaml')
  return parseOutput(
    provenanceSchema,
    {
      trivium: version,
      gitSha: git(root, 'rev-parse', 'HEAD'),
      gitDirty: status === null ? null : status !== '',
      lockfileSha256: existsSync(lockfile) ? sha256(readFileSync(lockfile)) : null,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
      engine: parts.engine.label,
      engineThreads: parts.engine.threads,
      engineChoice: parts.engine.choice,
      seeds: [...parts.seeds],
      datasetSha256: parts.datasetSha256,
      argv: [...parts.argv],
    },
    'provenance',
  )
}

/** What two machines have to agree on for one experiment. */
export type CodeIdentity = {
  readonly trivium: string
  /** null outside a checkout. */
  readonly gitSha: string | null
  readonly numbers: string
  readonly results: number
}

let identity: CodeIdentity | null = null

/** Of the code that this process has loaded, whatever is committed meanwhile. */
export function codeIdentity(): CodeIdentity {
  identity ??= {
    trivium: version,
    gitSha: git(repository, 'rev-parse', 'HEAD'),
    numbers: `${numbersVersion.training}.${numbersVersion.evaluation}`,
    results: resultsSchemaVersion,
  }
  return identity
}

function git(root: string, ...args: string[]): string | null {
  // A folder without .git may lie inside somebody else's checkout.
  if (!existsSync(join(root, '.git'))) return null
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    }).trim()
  } catch {
    return null
  }
}
