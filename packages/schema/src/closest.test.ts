import { expect, it } from 'vitest'
import { closest, didYouMean, editDistance } from './closest.ts'

it('counts insertions, deletions, substitutions and swaps', () => {
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(editDistance('tokens', 'tokesn')).toBe(1)
})

it('suggests the nearest word, and none when all are far', () => {
  expect(closest('trainning', ['tokenizer', 'training', 'model'])).toBe('training')
  expect(closest('WASM', ['cpu', 'wasm'])).toBe('wasm')
  expect(closest('xyzzy', ['cpu', 'wasm'])).toBeNull()
  expect(didYouMean('modle', ['model'])).toBe("; did you mean 'model'?")
})
