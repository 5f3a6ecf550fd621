/** @file A task from its family: splits, fixed-length rows with their ends, and the way back from tokens to an answer. */
import { createRng } from '@trivium/random'
import { InputError, parseInput } from '@trivium/schema'
import { isNew, splitOf } from './split.ts'
import type { Example, Rendering, RowShape, Split, Task, TaskFamily, TaskRow, TaskTexts } from './task.ts'

/** Draws after which a split is called empty: each hits validation with 1/16. */
const mostAttempts = 2000

/**
 * @param texts what a task cuts its rows from, where it needs a text
 * @throws InputError for options that the family does not know, a rendering that it does not have, a text that is missing
 */
export function taskOf<Options, P>(
  family: TaskFamily<Options, P>,
  settings: Readonly<Record<string, unknown>> = {},
  rendering: Rendering = 'sequence',
  texts?: TaskTexts,
): Task {
  const { name, version, meaning } = family
  const options = parseInput(family.options, settings, `the option block of task '${name}'`)
  if (!family.renderings.includes(rendering))
    throw new InputError(
      `task '${name}' has no rendering '${rendering}'; it has ${family.renderings.join(', ')}`,
    )
  if (family.needsText === true && texts === undefined)
    throw new InputError(
      `task '${name}' cuts its rows from a text; name one, e.g. dataset.text: { name: sotu, view: text8 }`,
    )
  const alphabet = family.alphabet(options)
  const shape = family.shape(options, rendering)
  const { ends } = shape
  const length = shape.condition + shape.answer + (ends ? 1 : 0)
  const eos = alphabet.length
  const pad = eos + 1
  const rowOf = ({ tokens, given, draft }: Example): TaskRow => {
    const end = endOf(tokens, eos, pad)
    const start = startOf(tokens, pad)
    return {
      text: textOf(tokens.subarray(start, end)),
      given: Array.from(given.subarray(start, end), (g) => g === 1),
      ...(draft !== undefined && { draft: textOf(draft.subarray(start, end)) }),
    }
  }
  const checkLength = (written: Int32Array): void => {
    if (written.length !== length)
      throw new InputError(`the row has ${written.length} tokens; task '${name}' writes ${length}`)
  }
  const textOf = (tokens: Int32Array): string => Array.from(tokens, (token) => alphabet[token] ?? '').join('')

  return {
    name,
    version,
    meaning,
    options: options as Readonly<Record<string, unknown>>,
    rendering,
    alphabet,
    eos,
    pad,
    ends,
    length,
    leftAlone: family.leftAlone?.(options) ?? false,
    example(seed, split, index) {
      const { problem, rng } = drawProblem(family, options, family.needsText ? texts : undefined, {
        seed,
        split,
        index,
      })
      const row = family.row(problem, rendering, rng, options)
      return encode(row, shape, { name, alphabet, eos, pad, length, ofText: family.needsText === true })
    },
    verify(example, written) {
      checkLength(written)
      return family.verify(rowOf(example), answerOf(example, written, alphabet, eos), rendering, options)
    },
    difficulty: (example) => family.difficulty(rowOf(example), rendering, options),
    edits(example, written) {
      checkLength(written)
      return (
        family.edits?.(rowOf(example), answerOf(example, written, alphabet, eos), rendering, options) ?? null
      )
    },
    filling(example, written) {
      checkLength(written)
      return (
        family.filling?.(rowOf(example), answerOf(example, written, alphabet, eos), rendering, options) ??
        null
      )
    },
    text: (tokens) => Array.from(tokens, (token) => (token === eos ? '⏎' : (alphabet[token] ?? ''))).join(''),
  }
}

/** The first draw of this index whose solution belongs to the split. */
function drawProblem<Options, P>(
  family: TaskFamily<Options, P>,
  options: Options,
  texts: TaskTexts | undefined,
  { seed, split, index }: { readonly seed: number; readonly split: Split; readonly index: number },
) {
  const root = createRng(seed).fork('task', family.name, split, index)
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const rng = root.fork(attempt)
    const problem = family.draw(rng.fork('problem'), options, texts?.[split] ?? '')
    const solution = family.solution(problem)
    const mine = texts === undefined ? splitOf(solution) === split : isNew(solution, split, texts)
    if (mine) return { problem, rng: rng.fork('row') }
  }
  const found = `in ${mostAttempts} draws with these options`
  throw new InputError(
    texts === undefined
      ? `task '${family.name}' has no problem of split '${split}' ${found}; allow more problems`
      : `task '${family.name}' has no passage of split '${split}' ${found} that the splits before it have not: the text repeats itself; name another text, or lengthen the rows`,
  )
}

/** PAD before a short condition, the text, then EOS and PAD where the task has ends. */
function encode(
  { text, given, draft }: TaskRow,
  { condition, ends }: RowShape,
  {
    name,
    alphabet,
    eos,
    pad,
    length,
    ofText,
  }: Pick<Task, 'name' | 'alphabet' | 'eos' | 'pad' | 'length'> & { readonly ofText: boolean },
): Example {
  const tokens = new Int32Array(length).fill(pad)
  const flags = new Uint8Array(length)
  const idOf = (symbol: string): number => {
    const id = alphabet.indexOf(symbol)
    if (id < 0)
      throw new InputError(
        `task '${name}' has no symbol for ${JSON.stringify(symbol)} in its alphabet${ofText ? '; take the view of the text that its alphabet is of (text8 or general), or set its option alphabet to that view' : ''}`,
      )
    return id
  }
  // In a canvas the given cells stand anywhere: it has no condition part.
  const start = condition === 0 ? 0 : condition - given.indexOf(false)
  flags.fill(1, 0, start)
  for (let i = 0; i < text.length; i++) {
    tokens[start + i] = idOf(text[i])
    flags[start + i] = given[i] ? 1 : 0
  }
  if (ends) tokens[start + text.length] = eos
  if (draft === undefined) return { tokens, given: flags }
  const shown = tokens.slice()
  for (let i = 0; i < draft.length; i++) shown[start + i] = idOf(draft[i])
  return { tokens, given: flags, draft: shown }
}

/** PAD before the condition is no text. */
function startOf(tokens: Int32Array, pad: number): number {
  let start = 0
  while (start < tokens.length && tokens[start] === pad) start++
  return start
}

/** Where the text of a clean row ends. */
function endOf(tokens: Int32Array, eos: number, pad: number): number {
  const end = tokens.indexOf(eos)
  if (end >= 0) return end
  let last = tokens.length
  while (last > 0 && tokens[last - 1] === pad) last--
  return last
}

/** What was written at positions that were not given, up to the first EOS. PAD inside an answer is a wrong symbol. */
function answerOf({ given }: Example, written: Int32Array, alphabet: string, eos: number): string {
  let answer = ''
  for (let i = 0; i < written.length; i++) {
    if (given[i] === 1) continue
    if (written[i] === eos) break
    answer += alphabet[written[i]] ?? '\u0000'
  }
  return answer
}
