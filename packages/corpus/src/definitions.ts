/** @file Reading datasets/<name>/dataset.yaml. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readYaml } from '@trivium/files'
import { type DatasetDefinition, datasetDefinitionSchema, InputError, parseInput } from '@trivium/schema'

/** `datasets/` of this package, which is packed with it; src/ and dist/ lie equally deep. */
export const datasetsFolder: string = fileURLToPath(new URL('../datasets/', import.meta.url))

/** @throws InputError that lists the datasets there are, or names the key that does not fit */
export async function readDefinition(folder: string, name: string): Promise<DatasetDefinition> {
  const names = await datasetNames(folder)
  if (!names.includes(name))
    throw new InputError(
      `there is no dataset '${name}'; there are ${names.join(', ')}, and 'file' with a path`,
    )
  const path = join(folder, name, 'dataset.yaml')
  const text = await readFile(path, 'utf8')
  const { document } = readYaml(text, (line) => `${path}:${line}`)
  const definition = parseInput(datasetDefinitionSchema, document.toJS(), path)
  if (definition.name !== name)
    throw new InputError(`${path} names itself '${definition.name}', wanted '${name}'`)
  return definition
}

/** The folders of `folder`, in alphabetical order. */
export async function datasetNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch {
    throw new InputError(
      `the dataset definitions ${folder} cannot be read; they are part of @trivium/corpus: install it again`,
    )
  }
}

/** In words: which numbers are held out; of files, how many. */
export function heldOutWords({ split }: DatasetDefinition): string {
  if (split.unit === 'file')
    return `files for validation: ${split.validation.length}, for test: ${split.test.length}, by their places in dataset.yaml`
  return `${split.unit}s for validation: ${split.validation.join(', ')}; for test: ${split.test.join(', ')}`
}
