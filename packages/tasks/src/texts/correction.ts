/**
 * @file Correction: a text in which some characters were exchanged, given as visible and not frozen, so that a sampler may
 * repair them, and may break what was right. The form in which the claim of Gemini Diffusion can be tested.
 */
import type { Rng } from '@trivium/random'
import { z } from 'zod'
import { halves, sequenceRow } from '../sequence.ts'
import type { Edits, Rendering, TaskFamily, TaskRow } from '../task.ts'
import { arrow, otherSymbol, symbolsOf, type TextAlphabet, textAlphabet, windowOf } from './text.ts'

type Options = {
  readonly length: number
  readonly errors: readonly number[]
  readonly alphabet: TextAlphabet
}
const optionsSchema: z.ZodType<Options, unknown> = z
  .strictObject({
    length: z.int().min(2).max(1024).default(64).describe('characters of a row'),
    errors: z
      .array(z.int().min(0).max(512))
      .nonempty()
      .default([0, 1, 2, 4, 8])
      .describe('substitutions e in a row, one of these a row'),
    alphabet: textAlphabet,
  })
  .refine(({ length, errors }) => Math.max(...errors) <= length, {
    path: ['errors'],
    message: 'no row has so many characters',
  })
type Problem = { readonly clean: string; readonly noisy: string }

function draw(rng: Rng, { length, errors, alphabet }: Options, text: string): Problem {
  const clean = windowOf(text, length, rng.fork('window'))
  const count = errors[rng.fork('errors').integer(errors.length)]
  const places = new Set(rng.fork('places').permutation(length).subarray(0, count))
  const u = rng.fork('symbols').uniforms(length)
  const noisy = [...clean].map((symbol, i) => (places.has(i) ? otherSymbol(alphabet, symbol, u[i]) : symbol))
  return { clean, noisy: noisy.join('') }
}

function editsOf(row: TaskRow, answer: string, rendering: Rendering): Edits {
  const { condition, answer: clean } = halves(row)
  const [original, wanted] =
    rendering === 'canvas' ? [row.draft ?? row.text, row.text] : [condition.slice(0, -1), clean]
  // What was not written is no character of the text.
  return { original, wanted, written: answer.slice(0, wanted.length).padEnd(wanted.length, '\u0000') }
}

const countWhere = (n: number, holds: (i: number) => boolean): number =>
  Array.from({ length: n }, (_, i) => i).filter(holds).length

/** Errors of the original. */
const errorsOf = ({ original, wanted }: Edits): number =>
  countWhere(wanted.length, (i) => original[i] !== wanted[i])

export const correction: TaskFamily<Options, Problem> = {
  name: 'correction',
  version: 1,
  meaning: 'exchanged characters: whether rewriting repairs more than it breaks',
  options: optionsSchema,
  renderings: ['sequence', 'canvas'],
  needsText: true,
  alphabet: ({ alphabet }) => symbolsOf(alphabet, arrow),
  shape: ({ length }, rendering) => ({
    condition: rendering === 'canvas' ? 0 : length + 1,
    answer: length,
    ends: false,
  }),
  draw,
  solution: ({ clean }) => clean,
  row: ({ clean, noisy }, rendering) =>
    rendering === 'canvas'
      ? { text: clean, given: Array.from(clean, () => false), draft: noisy }
      : sequenceRow(noisy + arrow, clean),
  verify(row, answer, rendering) {
    const { original, wanted, written } = editsOf(row, answer, rendering)
    const right = (i: number): boolean => written[i] === wanted[i]
    const errors = countWhere(wanted.length, (i) => original[i] !== wanted[i])
    const repaired = countWhere(wanted.length, (i) => original[i] !== wanted[i] && right(i))
    const kept = countWhere(wanted.length, (i) => original[i] === wanted[i] && right(i))
    const sound = wanted.length - errors
    return {
      correct: wanted === answer,
      parts: { repaired: errors === 0 ? 1 : repaired / errors, kept: sound === 0 ? 1 : kept / sound },
    }
  },
  difficulty: (row, rendering) => errorsOf(editsOf(row, '', rendering)),
  edits: editsOf,
}
