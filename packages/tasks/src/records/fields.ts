/** @file The parts of a record and how they are drawn: names of syllables, numbers, check digits. */
import type { Rng } from '@trivium/random'

const consonants = 'bdfgklmnprstvz'
const vowels = 'aeiou'

/** One of 70 syllables; two make 4,900 names. */
function syllable(u: number): string {
  const n = Math.floor(u * consonants.length * vowels.length)
  return consonants[Math.floor(n / vowels.length)] + vowels[n % vowels.length]
}

export type Item = { readonly qty: number; readonly unit: number }
export type Entry = { readonly name: string; readonly id: number; readonly items: readonly Item[] }

/** Four-digit id, two-syllable name, and 1 … `mostItems` items of 1 … 9 pieces at 2 … 99. */
export function drawEntry(rng: Rng, mostItems: number): Entry {
  const u = rng.fork('fields').uniforms(3)
  const count = 1 + rng.fork('count').integer(mostItems)
  const v = rng.fork('items').uniforms(2 * count)
  return {
    name: syllable(u[0]) + syllable(u[1]),
    id: 1000 + Math.floor(u[2] * 9000),
    items: Array.from({ length: count }, (_, i) => ({
      qty: 1 + Math.floor(v[2 * i] * 9),
      unit: 2 + Math.floor(v[2 * i + 1] * 98),
    })),
  }
}

export const total = ({ items }: Entry): number => items.reduce((sum, { qty, unit }) => sum + qty * unit, 0)

/** Last digit of the sum of the id's digits. */
export const checkDigit = ({ id }: Entry): number =>
  [...String(id)].reduce((sum, digit) => sum + Number(digit), 0) % 10
