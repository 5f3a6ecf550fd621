/**
 * @file Addition of two n-digit numbers, most significant digit first: a carry runs against the order of reading, so a
 * parallel sampler must wait for it, and a left-to-right one must see it coming.
 */
import { z } from 'zod'
import { compareSymbols, halves, sequenceRow } from './sequence.ts'
import type { TaskFamily } from './task.ts'

type Options = { readonly digits: number }
const optionsSchema: z.ZodType<Options, unknown> = z.strictObject({
  digits: z.int().min(1).max(15).default(6).describe('digits of each number; zeros before it'),
})
type Problem = { readonly a: string; readonly b: string }

/** The sum with one more digit than its terms. */
const sum = (a: string, b: string): string => String(BigInt(a) + BigInt(b)).padStart(a.length + 1, '0')

/** The longest run of digits through which one carry passes. */
function longestCarry(a: string, b: string): number {
  let longest = 0
  let run = 0
  let carry = 0
  for (let i = a.length - 1; i >= 0; i--) {
    carry = Number(a[i]) + Number(b[i]) + carry > 9 ? 1 : 0
    run = carry === 1 ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

export const addition: TaskFamily<Options, Problem> = {
  name: 'addition',
  version: 1,
  meaning: 'sums by longest carry chain: where a parallel sampler must wait',
  options: optionsSchema,
  renderings: ['sequence'],
  alphabet: () => '0123456789+=',
  shape: ({ digits }) => ({ condition: 2 * digits + 2, answer: digits + 1, ends: false }),
  draw(rng, { digits }) {
    const number = (name: string): string => {
      const u = rng.fork(name).uniforms(digits)
      return Array.from(u, (x) => Math.floor(x * 10)).join('')
    }
    return { a: number('a'), b: number('b') }
  },
  // The terms too: many pairs share a sum, and a split by the sum alone would leave short numbers without any.
  solution: ({ a, b }) => `${a}+${b}`,
  row: ({ a, b }) => sequenceRow(`${a}+${b}=`, sum(a, b)),
  verify: (row, answer) => compareSymbols('digits', halves(row).answer, answer),
  difficulty(row) {
    const [a, b] = halves(row).condition.slice(0, -1).split('+')
    return longestCarry(a, b)
  },
}
