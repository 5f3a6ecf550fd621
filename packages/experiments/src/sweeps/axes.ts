/** @file What a sweep varies: `--grid` and `--zip` as axes, and the cells that they span. */
import { readYaml } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { type Override, overrideKeys } from '../overrides.ts'

/** One key and the values that it takes. */
export type Axis = {
  readonly flag: string
  readonly kind: 'set' | 'add'
  readonly keys: readonly string[]
  readonly values: readonly unknown[]
}
/** One setting of every axis. */
export type Cell = readonly Override[]

/** What a trial is made of. The rest says on what and how trials are measured, and is the same for all of them. */
const varied = ['model', 'training', 'models']

/** More would be a slip of the finger. */
const mostCells = 10_000

/**
 * @param option `--grid` or `--zip`
 * @param text `a.b=1,2`, or `+a.b=1,2` for a key that the file does not have; values are YAML, so `a=[1,2],[3]` has two
 * @throws InputError
 */
export function parseAxis(option: '--grid' | '--zip', text: string): Axis {
  const flag = `${option} ${text}`
  const match = /^(?<sign>\+?)(?<path>[^=]*)=(?<list>[\s\S]*)$/.exec(text)
  const keys = overrideKeys(match?.groups?.path ?? '')
  if (match?.groups === undefined || keys === null)
    throw new InputError(`${flag} is no axis; write a.b=1,2 or, for a key that the file lacks, +a.b=1,2`)
  const { sign, list } = match.groups
  const values: unknown = readYaml(`[${list}]`, () => flag).document.toJS()
  if (!Array.isArray(values) || values.length === 0)
    throw new InputError(`${flag} has no value; write some, separated by commas`)
  if (new Set(values.map((value) => JSON.stringify(value))).size < values.length)
    throw new InputError(`${flag} names a value twice; each trial once is enough`)
  if (!varied.includes(keys[0]))
    throw new InputError(
      `${flag}: a sweep varies ${varied.join(', ')}; ${keys[0]} is the same for all trials, so that they compare; change it with --set, or run two sweeps`,
    )
  return { flag: `${option} ${sign}${keys.join('.')}`, kind: sign === '+' ? 'add' : 'set', keys, values }
}

/**
 * Every value of each grid axis with every one of the others; zipped axes go in step and count as one. The last axis turns
 * fastest.
 * @throws InputError when an axis stands there twice, zipped ones differ in length, or there are too many cells
 */
export function cellsOf(grid: readonly Axis[], zip: readonly Axis[]): Cell[] {
  const all = [...grid, ...zip]
  const paths = all.map(({ keys }) => keys.join('.'))
  const twice = all.find((_, i) => paths.indexOf(paths[i]) !== i)
  if (twice !== undefined) throw new InputError(`${twice.flag} stands there twice; name each key once`)
  const odd = zip.find(({ values }) => values.length !== zip[0].values.length)
  if (odd !== undefined)
    throw new InputError(
      `${odd.flag} has ${odd.values.length} values and ${zip[0].flag} has ${zip[0].values.length}; zipped keys need as many each`,
    )
  const at = ({ kind, keys, values, flag }: Axis, i: number): Override => {
    const value = values[i]
    return { kind, keys, value, flag: `${flag}=${JSON.stringify(value)}` }
  }
  const turns = grid.map((axis) => axis.values.map((_, i) => [at(axis, i)]))
  if (zip.length > 0) turns.push(zip[0].values.map((_, i) => zip.map((axis) => at(axis, i))))
  const count = turns.reduce((product, { length }) => product * length, 1)
  if (count > mostCells)
    throw new InputError(`the axes span ${count} cells, more than ${mostCells}; leave some values out`)
  return turns.reduce<Override[][]>(
    (cells, turn) => cells.flatMap((cell) => turn.map((more) => [...cell, ...more])),
    [[]],
  )
}

/** Whether a setting says something of a model: one of `models.masked` says nothing of another. */
export function concerns({ keys }: Override, name: string, index: number): boolean {
  const [head, which] = keys
  return head !== 'models' || which === name || which === String(index)
}

/**
 * The name of a trial, `ar-learningrate-0.003`: its folder, and its label in the report. Whatever else a value holds becomes a
 * hyphen.
 */
export function trialName(model: string, settings: readonly Override[]): string {
  const words = settings.map(({ keys, value }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `${keys.at(-1)}-${text}`
  })
  return [model, ...words]
    .join('-')
    .toLowerCase()
    .replace(/(?<!\d)\.|\.(?!\d)|[^a-z0-9.]+/g, '-')
    .replace(/-{2,}/g, '-')
    .slice(0, 80)
    .replace(/[-.]+$/, '')
}
