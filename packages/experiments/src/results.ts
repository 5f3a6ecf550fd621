/** @file Reading what a run measured. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { sha256 } from '@trivium/files'
import {
  canonicalJson,
  checkResults,
  InputError,
  parseInput,
  parseJson,
  type Results,
  resultsSchema,
  resultsSchemaVersion,
} from '@trivium/schema'

/**
 * @param run a run directory, or a results.json
 * @throws InputError when there are none, or they are torn, edited, of another schema, or contradict themselves
 */
export function readResults(run: string): { results: Results; directory: string } {
  const isFolder = statSync(run, { throwIfNoEntry: false })?.isDirectory() === true
  const path = isFolder ? join(run, 'results.json') : run
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new InputError(
      `the results ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); name a finished run or its results.json`,
    )
  }
  const remedy = 'run `trivium compare` again to write it'
  const value = parseJson(text, path, remedy)
  checkVersion(value, path)
  const results = parseInput(resultsSchema, value, path, remedy)
  checkResults(results, path)
  checkSeal(value as object, path, remedy)
  return { results, directory: dirname(path) }
}

/** With the hash of all else, as a reader of the file will find it. */
export function sealed<T extends object>(content: T): T & { sha256: string } {
  const written = JSON.parse(JSON.stringify({ ...content, sha256: undefined })) as object
  return { ...content, sha256: contentHash(written) }
}

/** @throws InputError when the content of a sealed file is not what its hash was taken of */
export function checkSeal(value: object, path: string, remedy: string): void {
  const { sha256: seal, ...content } = value as { sha256?: string }
  if (seal !== undefined && seal !== contentHash(content))
    throw new InputError(`${path} was edited: it does not match its sha256; restore it, or ${remedy}`)
}

const contentHash = (content: object): string => sha256(canonicalJson(content))

/**
 * What figures and tables are rebuilt from, small enough to be kept under version control: no text and no trace of any sample, and
 * of the command no place of the machine that ran it.
 */
export function compactResults(results: Results): Results & { sha256: string } {
  const { provenance } = results
  return sealed({
    ...results,
    provenance: { ...provenance, argv: withoutPlaces(provenance.argv) },
    samples: [],
  })
}

/** Words of a command, absolute paths by their last part alone. */
export const withoutPlaces = (argv: readonly string[]): string[] =>
  argv.map((word) => (isAbsolute(word) ? basename(word) : word))

/** Of another version nothing else need be said. */
function checkVersion(value: unknown, path: string): void {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion
  if (typeof version === 'number' && version > resultsSchemaVersion)
    throw new InputError(
      `${path} holds results of version ${version}, this Trivium reads versions 1 to ${resultsSchemaVersion}; update Trivium, or run \`trivium compare\` again`,
    )
}
