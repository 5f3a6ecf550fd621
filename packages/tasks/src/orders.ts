/**
 * @file Small tasks over strings of letters: copy, reverse, sort and shuffle, after the idea of ParallelBench: which
 * dependencies between positions does parallel decoding break?
 */
import type { Rng } from '@trivium/random'
import { z } from 'zod'
import { compareSymbols, halves, sequenceRow } from './sequence.ts'
import type { TaskFamily, Verdict } from './task.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'

type Options = { readonly length: number; readonly letters: number }
const optionsSchema: z.ZodType<Options, unknown> = z.strictObject({
  length: z.int().min(2).max(200).default(12).describe('letters of a string'),
  letters: z.int().min(2).max(26).default(26).describe('size of the alphabet, from a'),
})

function drawString(rng: Rng, { length, letters: size }: Options): string {
  return Array.from(rng.uniforms(length), (u) => letters[Math.floor(u * size)]).join('')
}

const sorted = (text: string): string => [...text].sort().join('')

type Rule = {
  readonly name: string
  readonly meaning: string
  /** An answer that is right; `rng` where there are many. */
  answer(text: string, rng: Rng): string
  judge(text: string, answer: string): Verdict
}

function stringTask({ name, meaning, answer, judge }: Rule): TaskFamily<Options, string> {
  return {
    name,
    version: 1,
    meaning,
    options: optionsSchema,
    renderings: ['sequence'],
    alphabet: ({ letters: size }) => `${letters.slice(0, size)}>`,
    shape: ({ length }) => ({ condition: length + 1, answer: length, ends: false }),
    draw: drawString,
    solution: (text) => text,
    row: (text, _rendering, rng) => sequenceRow(`${text}>`, answer(text, rng)),
    verify: (row, written) => judge(halves(row).condition.slice(0, -1), written),
    // Letters that the answer moves.
    difficulty(row) {
      const { condition, answer: wanted } = halves(row)
      return [...wanted].filter((letter, i) => letter !== condition[i]).length
    },
  }
}

export const copy: TaskFamily<Options, string> = stringTask({
  name: 'copy',
  meaning: 'every position is determined alone: all can be written at once',
  answer: (text) => text,
  judge: (text, answer) => compareSymbols('letters', text, answer),
})

const reversed = (text: string): string => [...text].reverse().join('')

export const reverse: TaskFamily<Options, string> = stringTask({
  name: 'reverse',
  meaning: 'every position is determined alone, from far away',
  answer: reversed,
  judge: (text, answer) => compareSymbols('letters', reversed(text), answer),
})

export const sort: TaskFamily<Options, string> = stringTask({
  name: 'sort',
  meaning: 'every position is determined, by all of the condition',
  answer: sorted,
  judge: (text, answer) => compareSymbols('letters', sorted(text), answer),
})

/** How many of the wanted letters, counted with repetition, the answer holds. */
function common(wanted: string, answer: string): number {
  const left = new Map<string, number>()
  for (const letter of wanted) left.set(letter, (left.get(letter) ?? 0) + 1)
  let n = 0
  for (const letter of answer) {
    const have = left.get(letter) ?? 0
    if (have === 0) continue
    left.set(letter, have - 1)
    n++
  }
  return n
}

export const shuffle: TaskFamily<Options, string> = stringTask({
  name: 'shuffle',
  meaning: 'any order of the letters is right, but positions written at once repeat and forget some',
  answer: (text, rng) => Array.from(rng.permutation(text.length), (i) => text[i]).join(''),
  judge: (text, answer) => ({
    correct: sorted(text) === sorted(answer),
    parts: { letters: common(text, answer) / Math.max(text.length, answer.length) },
  }),
})
