/** @file The tasks there are: one row each. */
import { InputError } from '@trivium/schema'
import { addition } from './addition.ts'
import { brackets } from './brackets.ts'
import { taskOf } from './create.ts'
import { copy, reverse, shuffle, sort } from './orders.ts'
import { records } from './records/records.ts'
import { sudoku } from './sudoku/sudoku.ts'
import type { Rendering, Task, TaskFamily } from './task.ts'

/** Families of different options and problems under one roof: each goes through its own schema. */
type AnyFamily = TaskFamily<unknown, unknown>

const families = [sudoku, addition, records, brackets, sort, copy, reverse, shuffle] as unknown as AnyFamily[]

export type TaskSummary = Pick<AnyFamily, 'name' | 'version' | 'meaning' | 'renderings' | 'options'>

export const taskSummaries: readonly TaskSummary[] = families.map(
  ({ name, version, meaning, renderings, options }) => ({ name, version, meaning, renderings, options }),
)

/**
 * A task by name.
 * @param settings its options; defaults where left out
 * @throws InputError for an unknown task, option or rendering
 */
export function createTask(
  name: string,
  settings: Readonly<Record<string, unknown>> = {},
  rendering: Rendering = 'sequence',
): Task {
  const family = families.find((candidate) => candidate.name === name)
  if (family === undefined)
    throw new InputError(`there is no task '${name}'; there are ${families.map((f) => f.name).join(', ')}`)
  return taskOf(family, settings, rendering)
}
