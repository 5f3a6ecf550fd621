import { InputError } from '@trivium/schema'
import { expect, it } from 'vitest'
import { fillOf, parseInfill } from './fill.ts'

it('splits at the gap and keeps every space', () => {
  expect(parseInfill('the union [[12]] the people')).toEqual({
    prefix: 'the union ',
    gap: 12,
    suffix: ' the people',
  })
  expect(parseInfill('[[1]]')).toEqual({ prefix: '', gap: 1, suffix: '' })
  expect(parseInfill('a[b] [[ 3 ]]c]]')).toEqual({ prefix: 'a[b] ', gap: 3, suffix: 'c]]' })
})

it.each([
  'no gap',
  'a [[1]] b [[2]]',
  'a [[]] b',
  'a [[0]] b',
  'a [[-1]] b',
  'a [[1.5]] b',
  'a [[x]] b',
  `a [[${'9'.repeat(30)}]]`,
])('refuses %s', (text) => {
  expect(() => parseInfill(text)).toThrow(InputError)
})

it('takes a prompt and a suffix, or an infill, never both', () => {
  expect(fillOf({})).toEqual({ prefix: '', suffix: '' })
  expect(fillOf({ prompt: 'a', suffix: 'b', length: 4 })).toEqual({ prefix: 'a', gap: 4, suffix: 'b' })
  expect(fillOf({ infill: 'a[[2]]' })).toEqual({ prefix: 'a', gap: 2, suffix: '' })
  expect(() => fillOf({ infill: 'a[[2]]', prompt: 'x' })).toThrow(/leave --prompt out/)
})
