/** @file `--set`: changing an experiment from the command line, without a silent new key. */
import { readYaml } from '@trivium/files'
import { didYouMean, InputError } from '@trivium/schema'
import { type Document, isMap, isSeq } from 'yaml'

type Key = string | number
/** One `--set`: set a key that exists, add one, or remove one. */
export type Override = {
  readonly kind: 'set' | 'add' | 'remove'
  readonly keys: readonly string[]
  readonly value: unknown
  readonly flag: string
}

/** The keys of `a.b`; null when it is no path. */
export const overrideKeys = (path: string): string[] | null =>
  /^[\w-]+(?:\.[\w-]+)*$/.test(path) ? path.split('.') : null

/** @throws InputError when the text is not `a.b=1`, `+a.b=1` or `~a.b` */
export function parseOverride(text: string): Override {
  const flag = `--set ${text}`
  const match = /^(?<sign>[+~]?)(?<path>[^=]*)(?:=(?<value>[\s\S]*))?$/.exec(text)
  const { sign, path, value } = match?.groups ?? {}
  const keys = overrideKeys(path ?? '')
  const kind = sign === '+' ? 'add' : sign === '~' ? 'remove' : 'set'
  if (keys === null || (kind === 'remove') !== (value === undefined))
    throw new InputError(`${flag} is not an override; write a.b=1 to set, +a.b=1 to add or ~a.b to remove`)
  return {
    kind,
    keys,
    value: value === undefined ? undefined : readYaml(value, () => flag).document.toJS(),
    flag,
  }
}

/**
 * Applies one override to a YAML document in place.
 * @param resolved the experiment with its defaults, when it is valid so far: a key with a default exists
 * @returns the path that was written, with indices for the entries of a list
 * @throws InputError when the key does not exist, with the nearest that does
 */
export function applyOverride(document: Document, override: Override, resolved: unknown): Key[] {
  const path = indexed(document, override)
  const { kind, flag } = override
  const written = document.hasIn(path)
  if (kind === 'remove') {
    if (!written) throw new InputError(`${flag}: the file has no such key${hint(path, document.toJS())}`)
    document.deleteIn(path)
    return path
  }
  if (kind === 'set' && !written && !has(resolved, path))
    throw new InputError(
      `${flag}: there is no such key${hint(path, resolved ?? document.toJS())}; use ${flag.replace(' ', ' +')} to add it`,
    )
  document.setIn(path, document.createNode(override.value))
  return path
}

/** Entries of a list are named by index or by their `name`. */
function indexed(document: Document, { keys, flag }: Override): Key[] {
  const path: Key[] = []
  for (const key of keys) {
    const node = path.length === 0 ? document.contents : document.getIn(path, true)
    if (!isSeq(node)) {
      path.push(key)
      continue
    }
    const names = node.items.map((item) => (isMap(item) ? String(item.get('name')) : ''))
    const index = /^\d+$/.test(key) ? Number(key) : names.indexOf(key)
    if (index < 0 || index >= node.items.length)
      throw new InputError(
        `${flag}: ${path.join('.')} has no entry '${key}'${didYouMean(key, names)}; it has 0 … ${node.items.length - 1} (${names.join(', ')})`,
      )
    path.push(index)
  }
  return path
}

const child = (at: unknown, key: Key): unknown =>
  typeof at === 'object' && at !== null ? (at as Record<Key, unknown>)[key] : undefined

/** Whether `value` holds something at `path`. */
export const has = (value: unknown, path: readonly Key[]): boolean => path.reduce(child, value) !== undefined

/** The nearest key at the first place where the path leaves the value. */
function hint(path: readonly Key[], value: unknown): string {
  let at = value
  for (const key of path) {
    const next = child(at, key)
    if (next === undefined) return didYouMean(String(key), Object.keys((at ?? {}) as object))
    at = next
  }
  return ''
}
