/**
 * @file Lines of a JSONL file as examples: {"prompt", "answer"}, or {"text", "given": [[from, to], …]} in code points.
 */
import { InputError, parseInput, parseJson } from '@trivium/schema'
import { z } from 'zod'

/** Text and the flags of its code points. */
export type ExampleText = {
  readonly text: string
  /** One a code point: true = condition. */
  readonly given: readonly boolean[]
  /** File and line. */
  readonly where?: string
}

const range = z.tuple([z.int().min(0), z.int().min(0)])
const pairSchema = z.strictObject({ prompt: z.string(), answer: z.string().min(1) })
const spansSchema = z.strictObject({ text: z.string().min(1), given: z.array(range) })

/**
 * @param where names file and line in errors
 * @throws InputError when the line is no JSON, has other keys, nothing to write, or a range outside its text
 */
export function parseExampleLine(line: string, where: string): ExampleText {
  const value = parseJson(
    line,
    where,
    'write {"prompt": …, "answer": …} or {"text": …, "given": [[from, to]]}',
  )
  const isSpans = typeof value === 'object' && value !== null && 'text' in value
  return isSpans
    ? fromSpans(parseInput(spansSchema, value, where), where)
    : fromPair(parseInput(pairSchema, value, where))
}

function fromPair({ prompt, answer }: z.infer<typeof pairSchema>): ExampleText {
  const n = [...prompt].length
  return {
    text: prompt + answer,
    given: Array.from({ length: n + [...answer].length }, (_, i) => i < n),
  }
}

function fromSpans({ text, given }: z.infer<typeof spansSchema>, where: string): ExampleText {
  const n = [...text].length
  const flags = new Array<boolean>(n).fill(false)
  for (const [from, to] of given) {
    if (from > to || to > n)
      throw new InputError(
        `${where}: given range [${from}, ${to}] does not lie in its text of ${n} characters`,
      )
    flags.fill(true, from, to)
  }
  if (!flags.includes(false)) throw new InputError(`${where}: everything is given; leave something to write`)
  return { text, given: flags }
}
