/** @file From a dataset's name to its checked splits. */
import { sha256 } from '@trivium/files'
import { type DatasetDefinition, InputError, type TextDatasetConfig } from '@trivium/schema'
import type { Dataset, DatasetSummary } from './dataset.ts'
import { datasetNames, datasetsFolder, heldOutWords, readDefinition } from './definitions.ts'
import { loadLocalFile } from './local-file.ts'
import { prepareText, type TextView } from './normalise.ts'
import { readDocuments, type SourceDocument } from './npm-source.ts'

export type LoadOptions = {
  /** Folder of the definitions; `datasets/` of this package when absent. */
  readonly datasetsFolder?: string
}

const loaded = new Map<string, Promise<Dataset>>()

/**
 * The splits of a dataset of `datasets/`, or of a local file. A second load of the same view in one process is free
 * (local files are read anew).
 * @throws InputError for an unknown name, an unreadable or non-UTF-8 file, and prepared bytes whose sha256 is not the declared one
 */
export function loadDataset(config: TextDatasetConfig, options: LoadOptions = {}): Promise<Dataset> {
  if (config.name === 'file') {
    if (config.path === undefined)
      return Promise.reject(new InputError('dataset.path is missing; name the text file to read'))
    return loadLocalFile(config.path, config.view)
  }
  if (config.path !== undefined)
    return Promise.reject(
      new InputError(
        `dataset.path is only for dataset.name 'file', not '${config.name}'; remove one of them`,
      ),
    )
  const folder = options.datasetsFolder ?? datasetsFolder
  const key = JSON.stringify([folder, config.name, config.view])
  const known = loaded.get(key)
  if (known) return known
  const loading = loadNamed(folder, config.name, config.view)
  loaded.set(key, loading)
  loading.catch(() => loaded.delete(key))
  return loading
}

async function loadNamed(folder: string, name: string, view: TextView): Promise<Dataset> {
  const definition = await readDefinition(folder, name)
  return prepareDataset(definition, await readDocuments(definition), view)
}

/** Splits, prepares and checks the documents. @throws InputError when a byte is not what the definition hashed */
export function prepareDataset(
  definition: DatasetDefinition,
  documents: readonly SourceDocument[],
  view: TextView,
): Dataset {
  const { name, source, split, licence } = definition
  const missing = [...split.validation, ...split.test].find((n) => documents.every((d) => d.number !== n))
  if (missing !== undefined)
    throw new InputError(
      `dataset ${name}: the split names ${split.unit} ${missing}, which ${source.package} lacks`,
    )
  const validationNumbers = new Set(split.validation)
  const testNumbers = new Set(split.test)
  const join = (keep: (number: number) => boolean): string =>
    prepareText(
      documents
        .filter((d) => keep(d.number))
        .map((d) => d.text)
        .join('\n\n'),
      view,
    )
  const train = join((n) => !validationNumbers.has(n) && !testNumbers.has(n))
  const validation = join((n) => validationNumbers.has(n))
  const test = join((n) => testNumbers.has(n))
  const hash = sha256(train, validation, test)
  const declared = definition.views[view].sha256
  if (hash !== declared)
    throw new InputError(
      `dataset ${name}, view ${view}: the prepared text has sha256 ${hash}, dataset.yaml declares ${declared}; ` +
        `reinstall ${source.package}@${source.version}, or declare the new text under a new dataset name`,
    )
  const startsOf = (numbers: readonly number[]): number[] =>
    [...numbers]
      .sort((a, b) => a - b)
      .map((number) => countOf(join((n) => numbers.includes(n) && n < number)))
  return {
    name,
    view,
    sha256: hash,
    train,
    validation,
    test,
    documents: { validation: startsOf(split.validation), test: startsOf(split.test) },
    heldOut: heldOutWords(definition),
    licence,
  }
}

/** Characters of a text. */
function countOf(text: string): number {
  let n = 0
  for (const _ of text) n++
  return n
}

/** The datasets of `datasets/` with what their files declare; loads no text. */
export async function listDatasets(options: LoadOptions = {}): Promise<DatasetSummary[]> {
  const folder = options.datasetsFolder ?? datasetsFolder
  const definitions = await Promise.all(
    (await datasetNames(folder)).map((name) => readDefinition(folder, name)),
  )
  return definitions.map((definition) => ({
    name: definition.name,
    title: definition.title,
    licence: definition.licence,
    source: `${definition.source.package}@${definition.source.version}`,
    heldOut: heldOutWords(definition),
    views: definition.views,
  }))
}
