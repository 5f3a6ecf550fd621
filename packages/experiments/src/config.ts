/** @file Reading an experiment: YAML with line numbers, overrides, strict validation. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { readYaml } from '@trivium/files'
import { type ExperimentConfig, experimentConfigSchema, InputError } from '@trivium/schema'
import { type Document, isCollection, isMap, isPair, isSeq, type Node, stringify } from 'yaml'
import { throwConfigError } from './config-errors.ts'
import { applyOverride, has, type Override, parseOverride } from './overrides.ts'

type Key = string | number
/** An experiment, and the text that it came from. */
export type LoadedConfig = { readonly path: string; readonly text: string; readonly config: ExperimentConfig }

/**
 * @param path a file, or `-` for stdin. Paths in it are relative to its folder; those of stdin and of `sets` to the working
 * directory
 * @throws InputError when the file cannot be read or does not hold a legal experiment
 */
export function loadConfig(path: string, sets: readonly string[] = []): LoadedConfig {
  return loadVariants(path, sets, []).loaded
}

/**
 * An experiment, and the same with each of several further lists of overrides. The file is read once.
 * @throws InputError when one of them is no legal experiment
 */
export function loadVariants(
  path: string,
  sets: readonly string[],
  variants: readonly (readonly Override[])[],
): { readonly loaded: LoadedConfig; readonly variants: ExperimentConfig[] } {
  const text = readText(path)
  const [file, folder] = path === '-' ? ['stdin', '.'] : [path, folderOf(path)]
  const parse = (more: readonly Override[]): ExperimentConfig =>
    parseConfig(text, file, [...sets.map(parseOverride), ...more], folder)
  return { loaded: { path, text, config: parse([]) }, variants: variants.map(parse) }
}

/** A pipe, such as /dev/fd/63, stands in no folder that anybody means. */
const folderOf = (path: string): string => (statSync(path).isFile() ? dirname(path) : '.')

/** The experiment with every default filled in, as YAML. */
export function printConfig(config: ExperimentConfig): string {
  return stringify(config)
}

function readText(path: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new InputError(`there is no config file ${path}; pass the path of an experiment's YAML file`)
    if (code === 'EISDIR') throw new InputError(`${path} is a folder; name a YAML file in it`)
    throw new InputError(`the config file ${path} cannot be read (${code ?? error}); check its permissions`)
  }
  try {
    // A byte-order mark is no part of the text.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(`${path} is not UTF-8 text; convert it, e.g. with iconv -t UTF-8`)
  }
}

/**
 * An experiment from its text.
 * @param file names it in errors, which give file:line, the key, the value seen and what is legal
 * @param folder what relative paths in the text are relative to; those of overrides stay as they are
 * @throws InputError
 */
export function parseConfig(
  text: string,
  file: string,
  overrides: readonly Override[] = [],
  folder: string = '.',
): ExperimentConfig {
  const { document, lineOf } = readYaml(text, (line) => `${file}:${line}`)
  if (document.contents === null)
    throw new InputError(`${file} is empty; an experiment needs at least name, dataset, tokenizer and models`)
  if (!isMap(document.contents))
    throw new InputError(`${file} is not an experiment; it must hold keys such as name: and models:`)

  placePaths(document, folder)
  const written: unknown = document.toJS()
  const flags = new Map<string, string>()
  for (const override of overrides) {
    const before = experimentConfigSchema.safeParse(document.toJS())
    flags.set(applyOverride(document, override, before.data).join('.'), override.flag)
  }
  const value: unknown = document.toJS()
  const result = experimentConfigSchema.safeParse(value)
  if (result.success) return result.data
  return throwConfigError(result.error.issues, value, (path) => {
    const flag = flagOf(path, flags, written)
    const line = lineOf(offsetOf(document.contents, path))
    return flag === undefined ? { place: `${file}:${line}`, line } : { place: flag, line: 0 }
  })
}

/** Relative paths mean what stands beside the file, wherever the command runs; absolute ones stay as they are written. */
function placePaths(document: Document, folder: string): void {
  const each = (list: string, ...keys: string[]): Key[][] => {
    const items = document.get(list)
    return Array.from({ length: isSeq(items) ? items.items.length : 0 }, (_, i) => [list, i, ...keys])
  }
  const places: Key[][] = [
    ['dataset', 'path'],
    ['dataset', 'text', 'path'],
    ...each('references', 'checkpoint'),
    ...each('models', 'from'),
    ...each('models', 'options', 'distil', 'teacher'),
  ]
  for (const place of places) {
    const path = document.getIn(place)
    if (typeof path === 'string' && path !== '' && !isAbsolute(path))
      document.setIn(place, fromHere(resolve(folder, path)))
  }
}

/** One spelling of a place, however the config was named: from the working directory where it lies below that. */
function fromHere(path: string): string {
  const here = relative('', path)
  return here === '' || here.startsWith('..') || isAbsolute(here) ? path : here
}

/** The `--set` that wrote `path`: a value at or above it, or one inside of a block that the file does not have. */
function flagOf(
  path: readonly Key[],
  flags: ReadonlyMap<string, string>,
  written: unknown,
): string | undefined {
  const above = path.map((_, i) => flags.get(path.slice(0, i + 1).join('.'))).find((f) => f !== undefined)
  if (above !== undefined || has(written, path)) return above
  return [...flags].find(([set]) => set.startsWith(`${path.join('.')}.`))?.[1]
}

/** Where the deepest key of `path` that is written stands. */
function offsetOf(root: Node | null, path: readonly Key[]): number {
  let node: unknown = root
  let offset = 0
  for (const key of path) {
    if (!isCollection(node)) break
    const item: unknown = isSeq(node)
      ? node.items[Number(key)]
      : node.items.find((pair) => isPair(pair) && String(pair.key) === String(key))
    if (item === undefined) break
    const written = (isPair(item) ? item.key : item) as Node
    if (written.range) offset = written.range[0]
    node = isPair(item) ? item.value : item
  }
  return offset
}
