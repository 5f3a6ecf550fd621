/** @file A task from its family: splits, fixed-length rows with their ends, and the way back from tokens to an answer. */
import { createRng } from '@trivium/random'
import { InputError, parseInput } from '@trivium/schema'
import { splitOf } from './split.ts'
import type { Example, Rendering, RowShape, Split, Task, TaskFamily, TaskRow } from './task.ts'

/** Draws after which a split is called empty: each hits validation with 1/16. */
const mostAttempts = 2000

/**
 * @throws InputError for options that the family does not know, and a rendering that it does not have
 */
export function taskOf<Options, P>(
  family: TaskFamily<Options, P>,
  settings: Readonly<Record<string, unknown>> = {},
  rendering: Rendering = 'sequence',
): Task {
  const { name, version, meaning } = family
  const options = parseInput(family.options, settings, `the option block of task '${name}'`)
  if (!family.renderings.includes(rendering))
    throw new InputError(
      `task '${name}' has no rendering '${rendering}'; it has ${family.renderings.join(', ')}`,
    )
  const alphabet = family.alphabet(options)
  const shape = family.shape(options, rendering)
  const { ends } = shape
  const length = shape.condition + shape.answer + (ends ? 1 : 0)
  const eos = alphabet.length
  const pad = eos + 1
  const rowOf = ({ tokens, given }: Example): TaskRow => {
    const end = endOf(tokens, eos, pad)
    const start = startOf(tokens, pad)
    return {
      text: textOf(tokens.subarray(start, end)),
      given: Array.from(given.subarray(start, end), (g) => g === 1),
    }
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
    example(seed, split, index) {
      const { problem, rng } = drawProblem(family, options, seed, split, index)
      return encode(family.row(problem, rendering, rng, options), shape, { alphabet, eos, pad, length })
    },
    verify(example, written) {
      if (written.length !== length)
        throw new InputError(`the row has ${written.length} tokens; task '${name}' writes ${length}`)
      return family.verify(rowOf(example), answerOf(example, written, alphabet, eos), rendering, options)
    },
    difficulty: (example) => family.difficulty(rowOf(example), rendering, options),
    text: (tokens) => Array.from(tokens, (token) => (token === eos ? '⏎' : (alphabet[token] ?? ''))).join(''),
  }
}

/** The first draw of this index whose solution belongs to the split. */
function drawProblem<Options, P>(
  family: TaskFamily<Options, P>,
  options: Options,
  seed: number,
  split: Split,
  index: number,
) {
  const root = createRng(seed).fork('task', family.name, split, index)
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const rng = root.fork(attempt)
    const problem = family.draw(rng.fork('problem'), options)
    if (splitOf(family.solution(problem)) === split) return { problem, rng: rng.fork('row') }
  }
  throw new InputError(
    `task '${family.name}' has no problem of split '${split}' in ${mostAttempts} draws with these options; allow more problems`,
  )
}

/** PAD before a short condition, the text, then EOS and PAD where the task has ends. */
function encode(
  { text, given }: TaskRow,
  { condition, ends }: RowShape,
  { alphabet, eos, pad, length }: Pick<Task, 'alphabet' | 'eos' | 'pad' | 'length'>,
): Example {
  const tokens = new Int32Array(length).fill(pad)
  const flags = new Uint8Array(length)
  // In a canvas the given cells stand anywhere: it has no condition part.
  const start = condition === 0 ? 0 : condition - given.indexOf(false)
  flags.fill(1, 0, start)
  for (let i = 0; i < text.length; i++) {
    tokens[start + i] = alphabet.indexOf(text[i])
    flags[start + i] = given[i] ? 1 : 0
  }
  if (ends) tokens[start + text.length] = eos
  return { tokens, given: flags }
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
