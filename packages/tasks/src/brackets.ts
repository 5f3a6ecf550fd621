/** @file Bracket completion: the closing half of a string of typed brackets, so that every position depends on a nesting. */
import { z } from 'zod'
import { compareSymbols, halves, sequenceRow } from './sequence.ts'
import type { TaskFamily } from './task.ts'

const opening = '([{<'
const closing = ')]}>'

type Options = { readonly pairs: number; readonly types: number }
const optionsSchema: z.ZodType<Options, unknown> = z.strictObject({
  pairs: z.int().min(2).max(100).default(12).describe('pairs of brackets in a row'),
  types: z.int().min(1).max(4).default(3).describe('kinds of brackets: () [] {} <>'),
})
/** Opening brackets and early closings; what is still open is the answer. */
type Problem = { readonly prefix: string; readonly rest: string }

export const brackets: TaskFamily<Options, Problem> = {
  name: 'brackets',
  version: 1,
  meaning: 'closing what is open: a stack, written from its top',
  options: optionsSchema,
  renderings: ['sequence'],
  alphabet: ({ types }) => `${opening.slice(0, types)}${closing.slice(0, types)}|`,
  // At least one bracket is closed by the answer, at most all of them.
  shape: ({ pairs }) => ({ condition: 2 * pairs, answer: pairs, ends: true }),
  draw(rng, { pairs, types }) {
    const u = rng.uniforms(4 * pairs)
    let next = 0
    let prefix = ''
    const open: number[] = []
    for (let opened = 0; opened < pairs; ) {
      // The last bracket stays open, so that there is something to write.
      if (open.length > 0 && u[next++] < 0.4) prefix += closing[open.pop() as number]
      else {
        const type = Math.floor(u[next++] * types)
        open.push(type)
        prefix += opening[type]
        opened++
      }
    }
    return {
      prefix,
      rest: open
        .reverse()
        .map((type) => closing[type])
        .join(''),
    }
  },
  solution: ({ prefix }) => prefix,
  row: ({ prefix, rest }) => sequenceRow(`${prefix}|`, rest),
  verify: (row, answer) => compareSymbols('brackets', halves(row).answer, answer),
  difficulty: (row) => halves(row).answer.length,
}
