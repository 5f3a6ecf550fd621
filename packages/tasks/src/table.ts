/** @file The tasks there are: one row each. */
import { InputError } from '@trivium/schema'
import { addition } from './addition.ts'
import { brackets } from './brackets.ts'
import { taskOf } from './create.ts'
import { copy, reverse, shuffle, sort } from './orders.ts'
import { records } from './records/records.ts'
import { sudoku } from './sudoku/sudoku.ts'
import type { Rendering, Task, TaskFamily, TaskTexts } from './task.ts'
import { correction } from './texts/correction.ts'
import { edit } from './texts/edit.ts'
import { infill } from './texts/infill.ts'

/** Families of different options and problems under one roof: each goes through its own schema. */
type AnyFamily = TaskFamily<unknown, unknown>

const own = [
  sudoku,
  addition,
  records,
  brackets,
  sort,
  copy,
  reverse,
  shuffle,
  infill,
  correction,
  edit,
] as unknown as AnyFamily[]

/** A user's own, with the sha256 of the file that they come from. */
const registered = new Map<string, { readonly family: AnyFamily; readonly source: string }>()

/** Every task there is, a user's own behind the project's. */
const families = (): AnyFamily[] => [...own, ...[...registered.values()].map(({ family }) => family)]

/**
 * Makes a task known by its name, as if it stood in the table.
 * @param source sha256 of the file it comes from: part of what the data are
 * @throws InputError when it is no task, or its name is taken by another
 */
export function registerTask(value: unknown, source: string): string {
  const missing = familyParts.filter(
    ([key, type]) => typeof (value as Record<string, unknown> | null)?.[key] !== type,
  )
  if (typeof value !== 'object' || value === null || missing.length > 0)
    throw new InputError(
      `it exports no task: ${missing.map(([key, type]) => `${key} (${type})`).join(', ')} missing; see TaskFamily of @trivium/tasks`,
    )
  const family = value as AnyFamily
  if (
    own.some(({ name }) => name === family.name) ||
    (registered.get(family.name)?.source ?? source) !== source
  )
    throw new InputError(`the task '${family.name}' is there already; give yours another name`)
  registered.set(family.name, { family, source })
  return family.name
}

const familyParts = [
  ['name', 'string'],
  ['version', 'number'],
  ['meaning', 'string'],
  ['options', 'object'],
  ['renderings', 'object'],
  ['alphabet', 'function'],
  ['shape', 'function'],
  ['draw', 'function'],
  ['solution', 'function'],
  ['row', 'function'],
  ['verify', 'function'],
  ['difficulty', 'function'],
] as const

export type TaskSummary = Pick<AnyFamily, 'name' | 'version' | 'meaning' | 'renderings' | 'options'> & {
  readonly needsText: boolean
  /** sha256 of the file of a user's own; null for the project's. */
  readonly source: string | null
}

export const taskSummaries = (): readonly TaskSummary[] =>
  families().map(({ name, version, meaning, renderings, options, needsText = false }) => ({
    name,
    version,
    meaning,
    renderings,
    options,
    needsText,
    source: registered.get(name)?.source ?? null,
  }))

/**
 * A task by name.
 * @param settings its options; defaults where left out
 * @param texts what its rows are cut from, where it needs a text
 * @throws InputError for an unknown task, option or rendering, and a text that is missing
 */
export function createTask(
  name: string,
  settings: Readonly<Record<string, unknown>> = {},
  rendering: Rendering = 'sequence',
  texts?: TaskTexts,
): Task {
  const family = families().find((candidate) => candidate.name === name)
  if (family === undefined)
    throw new InputError(
      `there is no task '${name}'; there are ${families()
        .map((f) => f.name)
        .join(', ')}, and your own with --include FILE`,
    )
  return taskOf(family, settings, rendering, texts)
}
