/** @file Tasks on the command line: `sudoku`, `sudoku:size=9,clues=40`, `infill:gaps=[1,2]`, and their examples as lines for people. */
import { InputError } from '@trivium/schema'
import { createTask, type Rendering, type Split, type Task, type TaskTexts } from '@trivium/tasks'

/** @throws InputError for an unknown task, option or value, and for a pair that is none */
export function parseTask(text: string, rendering?: Rendering, texts?: TaskTexts): Task {
  const at = text.indexOf(':')
  const name = at < 0 ? text : text.slice(0, at)
  // A comma inside of [ ] belongs to its list.
  const pairs = at < 0 ? [] : text.slice(at + 1).split(/,(?![^[]*\])/)
  return createTask(name, Object.fromEntries(pairs.map((pair) => settingOf(name, pair))), rendering, texts)
}

function settingOf(task: string, pair: string): [string, unknown] {
  const [, key, value] = /^\s*(\w+)\s*=\s*(\S+)\s*$/.exec(pair) ?? []
  if (key === undefined)
    throw new InputError(`task ${task}: '${pair}' is not name=value, e.g. ${task}:size=6`)
  const [, list] = /^\[(.*)\]$/.exec(value) ?? []
  if (list === undefined) return [key, scalarOf(value)]
  return [key, list === '' ? [] : list.split(',').map(scalarOf)]
}

const scalarOf = (text: string): string | number => {
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? text : number
}

/** One example as a record: given and wanted text, and how hard it is. */
export type ShownExample = {
  readonly given: string
  /** What stands where the answer is to be written, of a text that is corrected in place. */
  readonly draft?: string
  readonly answer: string
  readonly difficulty: number
}

/** The first `count` examples of a split. In a canvas, the places to write show as `·` among the given cells. */
export function shownExamples(task: Task, seed: number, split: Split, count: number): ShownExample[] {
  return Array.from({ length: count }, (_, index) => {
    const example = task.example(seed, split, index)
    const symbols = Array.from(example.tokens, (token) => task.text(Int32Array.of(token)))
    const part = (flag: 0 | 1, other: string): string =>
      symbols.map((symbol, i) => (example.given[i] === flag ? symbol : other)).join('')
    const blank = task.rendering === 'canvas' ? '·' : ''
    return {
      given: part(1, blank),
      ...(example.draft !== undefined && { draft: task.text(example.draft) }),
      answer: part(0, ''),
      difficulty: task.difficulty(example),
    }
  })
}
