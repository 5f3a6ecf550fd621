/** @file What the tasks share that cut their rows from a text: its alphabets, windows of it, and marks that it never holds. */
import type { Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import { z } from 'zod'

/** As the views of a dataset: a–z and space, or printable ASCII and newline. */
export const textAlphabet: z.ZodDefault<z.ZodEnum<{ text8: 'text8'; general: 'general' }>> = z
  .enum(['text8', 'general'])
  .default('text8')
  .describe('characters of the text: those of its view text8 or general')
export type TextAlphabet = z.infer<typeof textAlphabet>

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
const characters: Readonly<Record<TextAlphabet, string>> = {
  text8: ' abcdefghijklmnopqrstuvwxyz',
  general: `\n${printable}`,
}

/** Ends a condition. No text of either view has it. */
export const arrow = '→'
/** Stands where characters are missing. */
export const gapMark = '▁'

export const symbolsOf = (alphabet: TextAlphabet, marks: string): string => characters[alphabet] + marks

/** A symbol of the alphabet other than `than`. */
export function otherSymbol(alphabet: TextAlphabet, than: string, u: number): string {
  const others = characters[alphabet].replace(than, '')
  return others[Math.floor(u * others.length)]
}

/** `length` characters of the text from a random place. @throws InputError when the text is shorter */
export function windowOf(text: string, length: number, rng: Rng): string {
  if (text.length < length)
    throw new InputError(
      `the text of the split has ${text.length} characters, fewer than a row's ${length}; name a longer text or shorten the rows`,
    )
  const start = rng.integer(text.length - length + 1)
  return text.slice(start, start + length)
}
