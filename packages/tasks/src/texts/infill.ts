/** @file Infilling: characters that are missing in the middle of a text, with both sides or with the left alone. */
import type { Rng } from '@trivium/random'
import { z } from 'zod'
import { compareSymbols, halves } from '../sequence.ts'
import type { TaskFamily, TaskRow } from '../task.ts'
import { arrow, gapMark, symbolsOf, type TextAlphabet, textAlphabet, windowOf } from './text.ts'

type Options = {
  readonly length: number
  readonly gaps: readonly number[]
  readonly sides: 'both' | 'left'
  readonly alphabet: TextAlphabet
}
const optionsSchema: z.ZodType<Options, unknown> = z
  .strictObject({
    length: z.int().min(4).max(1024).default(64).describe('characters of a row, the gap included'),
    gaps: z
      .array(z.int().min(1).max(512))
      .nonempty()
      .default([1, 2, 4, 8, 16])
      .describe('characters of a gap, one of these a row'),
    sides: z
      .enum(['both', 'left'])
      .default('both')
      .describe(
        'what a sequence shows, and a canvas to a reference trained on the text: both sides (fill in the middle), or the left alone',
      ),
    alphabet: textAlphabet,
  })
  .refine(({ length, gaps }) => Math.max(...gaps) <= length - 2, {
    path: ['gaps'],
    message: 'every gap must leave a character on either side',
  })
type Problem = { readonly text: string; readonly from: number; readonly to: number }

/** The gap lies anywhere between the first character and the last. */
function draw(rng: Rng, { length, gaps }: Options, text: string): Problem {
  const size = gaps[rng.fork('gap').integer(gaps.length)]
  const from = 1 + rng.fork('place').integer(length - size - 1)
  return { text: windowOf(text, length, rng.fork('window')), from, to: from + size }
}

const missing = ({ text, given }: TaskRow): string => [...text].filter((_, i) => !given[i]).join('')

export const infill: TaskFamily<Options, Problem> = {
  name: 'infill',
  version: 1,
  meaning: 'a gap in held-out text: what seeing both sides gives',
  options: optionsSchema,
  renderings: ['sequence', 'canvas'],
  needsText: true,
  alphabet: ({ alphabet }) => symbolsOf(alphabet, gapMark + arrow),
  shape({ length, gaps, sides }, rendering) {
    if (rendering === 'canvas') return { condition: 0, answer: length, ends: false }
    const [shortest, longest] = [Math.min(...gaps), Math.max(...gaps)]
    const condition = sides === 'left' ? length - 1 - shortest + 1 : length - shortest + 2
    return { condition, answer: longest, ends: true }
  },
  draw,
  solution: ({ text }) => text,
  row({ text, from, to }, rendering, _rng, { sides }) {
    if (rendering === 'canvas') return { text, given: Array.from(text, (_, i) => i < from || i >= to) }
    const right = sides === 'left' ? '' : gapMark + text.slice(to)
    const condition = text.slice(0, from) + right + arrow
    const answer = text.slice(from, to)
    return {
      text: condition + answer,
      given: Array.from({ length: condition.length + answer.length }, (_, i) => i < condition.length),
    }
  },
  verify: (row, answer) => compareSymbols('characters', missing(row), answer),
  difficulty: (row) => missing(row).length,
  leftAlone: ({ sides }) => sides === 'left',
  filling(row, written, rendering, { sides }) {
    const wanted = missing(row)
    if (rendering === 'canvas') {
      const from = row.given.indexOf(false)
      return { left: row.text.slice(0, from), right: row.text.slice(from + wanted.length), wanted, written }
    }
    if (sides === 'left') return null
    const [left, right] = halves(row).condition.slice(0, -1).split(gapMark)
    return { left, right, wanted, written }
  },
}
