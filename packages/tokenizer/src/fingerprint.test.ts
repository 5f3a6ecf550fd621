import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

it('is fixed for all time: manifests hold these', () => {
  expect(fingerprint('')).toMatchInlineSnapshot(`"db6e264e9e4ce8f3"`)
  expect(fingerprint('trivium')).toMatchInlineSnapshot(`"fd93cd458b4de40b"`)
})

it('changes with every single-character change', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 50 }), fc.nat(), (text, at) => {
      const i = at % text.length
      const changed = `${text.slice(0, i)}${text[i] === 'x' ? 'y' : 'x'}${text.slice(i + 1)}`
      expect(fingerprint(changed)).not.toBe(fingerprint(text))
    }),
  )
})

it('meets no collision among a hundred thousand near neighbours', () => {
  const prints = new Set<string>()
  for (let i = 0; i < 100_000; i++) prints.add(fingerprint(`[[${i},${i >> 3}],[0,1]]`))
  expect(prints.size).toBe(100_000)
})
