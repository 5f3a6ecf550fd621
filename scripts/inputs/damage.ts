/** @file What crashes, editors and people do to files, drawn from a seed: bytes that are cut or changed, JSON that is edited. */
import type { Rng } from '@trivium/random'

/** `note` says what was done. */
export type Damage<T> = { readonly value: T; readonly note: string }

const strewn = [
  '\0',
  '\t',
  ' *x',
  '&a',
  '{',
  ']',
  '"',
  ': ',
  '- ',
  '\n---\n',
  '<<: 1',
  '.inf',
  '!!x ',
  '\ufeff',
]

/** Cut short, one bit flipped, a byte-order mark before it, something strewn in, or nothing left. */
export function damageBytes(bytes: Uint8Array, rng: Rng): Damage<Uint8Array> {
  const at = rng.integer(bytes.length, 1)
  const kinds: readonly (() => Damage<Uint8Array>)[] = [
    () => ({ value: bytes.subarray(0, at), note: `cut at ${at}` }),
    () => {
      const value = Uint8Array.from(bytes)
      value[at] ^= 1 << rng.integer(8, 2)
      return { value, note: `a bit flipped at ${at}` }
    },
    () => ({ value: Buffer.concat([Buffer.from('\ufeff'), bytes]), note: 'a byte-order mark' }),
    () => {
      const text = strewn[rng.integer(strewn.length, 2)]
      const value = Buffer.concat([bytes.subarray(0, at), Buffer.from(text), bytes.subarray(at)])
      return { value, note: `${JSON.stringify(text)} put in at ${at}` }
    },
    () => ({ value: new Uint8Array(0), note: 'emptied' }),
  ]
  return kinds[rng.integer(kinds.length, 0)]()
}

const containers = [null, [], {}, ['x'], { a: 1 }]
const numbers = [-1, 0, 0.5, 1, 3, 7, 65_536, 1e9, 2 ** 53, 1e308, -1e308, 1e-320]
const texts = ['', 'x', '../../x', 'constructor', '__proto__', '\ufeff']
const values: readonly unknown[] = [...containers, ...numbers, ...texts, true, false]

type Key = string | number

/** One key removed, one more than there should be, or one with another value; now and then the whole of it. */
export function damageJson(json: unknown, rng: Rng): Damage<unknown> {
  const paths = pathsOf(json, [])
  const path = paths[rng.integer(paths.length, 0)]
  const value = values[rng.integer(values.length, 1)]
  const last = path.at(-1)
  if (last === undefined) return { value, note: `all of it = ${JSON.stringify(value)}` }
  const copy = structuredClone(json)
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<Key, unknown>)[key], copy)
  const holder = parent as Record<Key, unknown>
  const name = path.join('.')
  const kind = rng.integer(3, 2)
  if (kind === 0) {
    if (Array.isArray(parent)) parent.splice(Number(last), 1)
    else delete holder[last]
    return { value: copy, note: `${name} removed` }
  }
  const key = kind === 1 && !Array.isArray(parent) ? `${last}x` : last
  holder[key] = value
  return { value: copy, note: `${[...path.slice(0, -1), key].join('.')} = ${JSON.stringify(value)}` }
}

/** Every place of a JSON value, the root first. */
function pathsOf(value: unknown, path: readonly Key[]): Key[][] {
  const below =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))
      : []
  return [[...path], ...below]
}
