import { expect, it } from 'vitest'
import { recurringPhrases } from './phrases.ts'

const words = (n: number, from = 0): string => Array.from({ length: n }, (_, i) => `w${from + i}`).join(' ')

it('finds every phrase that recurs, once, as it stands; of five words where there are enough', () => {
  const line = words(20_000)
  const phrases = recurringPhrases(`${line}, ${words(50, 100_000)}. ${line}`)
  expect(phrases).toHaveLength(20_000 - 4)
  expect(phrases[0]).toBe('w0 w1 w2 w3 w4')
  expect(new Set(phrases).size).toBe(phrases.length)
})
it('takes the kind with the most where none is enough, and the text where nothing recurs', () => {
  // Shuffled pairs: no run of five comes twice.
  const pairs = Array.from({ length: 40 }, (_, i) => `a${i} b${i}`)
  const mixed = [...pairs, ...pairs.map((_, i) => pairs[(i * 7) % 40])].join(' ')
  expect(new Set(recurringPhrases(mixed).map((phrase) => phrase.split(' ').length)).size).toBe(1)
  expect(recurringPhrases(mixed)).toContain('a0')
  expect(recurringPhrases('never twice')).toEqual(['never twice'])
  expect(recurringPhrases('')).toEqual([''])
})
