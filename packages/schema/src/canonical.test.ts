import { expect, it } from 'vitest'
import { canonicalJson, withoutDefaults } from './canonical.ts'

it('is one text for one value', () => {
  expect(canonicalJson({ b: [{ d: undefined, c: 1 }], a: null })).toBe('{"a":null,"b":[{"c":1}]}')
  expect(canonicalJson({ a: null, b: [{ c: 1 }] })).toBe('{"a":null,"b":[{"c":1}]}')
})

it('leaves out what is at its default, however deep, and nothing else', () => {
  const defaults = { kind: 'linear', grid: { from: 0, to: 1 }, share: 0 }
  expect(
    withoutDefaults({ kind: 'linear', grid: { to: 1, from: 0 }, share: 0.5, extra: 0 }, defaults),
  ).toEqual({
    share: 0.5,
    extra: 0,
  })
})
