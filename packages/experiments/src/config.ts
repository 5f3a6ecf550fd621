/** @file Reading an experiment: YAML with line numbers, overrides, strict validation. */
import { readFileSync } from 'node:fs'
import { type ExperimentConfig, experimentConfigSchema, InputError } from '@trivium/schema'
import { isCollection, isMap, isPair, isSeq, LineCounter, type Node, parseDocument, stringify } from 'yaml'
import { throwConfigError } from './config-errors.ts'
import { applyOverride, has, type Override, parseOverride } from './overrides.ts'

type Key = string | number
/** An experiment, and the text that it came from. */
export type LoadedConfig = { readonly path: string; readonly text: string; readonly config: ExperimentConfig }

/** @throws InputError when the file cannot be read or does not hold a legal experiment */
export function loadConfig(path: string, sets: readonly string[] = []): LoadedConfig {
  const text = readText(path)
  return { path, text, config: parseConfig(text, path, sets.map(parseOverride)) }
}

/** The experiment with every default filled in, as YAML. */
export function printConfig(config: ExperimentConfig): string {
  return stringify(config)
}

function readText(path: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new InputError(`there is no config file ${path}; the examples stand in configs/`)
    if (code === 'EISDIR') throw new InputError(`${path} is a folder; name a YAML file in it`)
    throw new InputError(`the config file ${path} cannot be read (${code ?? error}); check its permissions`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(`${path} is not UTF-8 text; convert it, e.g. with iconv -t UTF-8`)
  }
}

/**
 * An experiment from its text.
 * @param file names it in errors, which give file:line, the key, the value seen and what is legal
 * @throws InputError
 */
export function parseConfig(
  text: string,
  file: string,
  overrides: readonly Override[] = [],
): ExperimentConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken !== undefined)
    throw new InputError(
      `${file}:${lines.linePos(broken.pos[0]).line}: not YAML: ${broken.message.split('\n')[0]}`,
    )
  if (document.contents === null)
    throw new InputError(`${file} is empty; an experiment needs at least name, dataset, tokenizer and models`)
  if (!isMap(document.contents))
    throw new InputError(`${file} is not an experiment; it must hold keys such as name: and models:`)

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
    const line = lineOf(document.contents, path, lines)
    return flag === undefined ? { place: `${file}:${line}`, line } : { place: flag, line: 0 }
  })
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

/** The line of the deepest key of `path` that is written. */
function lineOf(root: Node | null, path: readonly Key[], lines: LineCounter): number {
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
  return lines.linePos(offset).line
}
