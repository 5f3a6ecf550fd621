import { createRng } from '@trivium/random'
import { expect, it } from 'vitest'
import { damageBytes, damageJson } from './damage.ts'

const json = { a: [1, { b: 2 }], c: 'x' }
const cases = Array.from({ length: 200 }, (_, i) => createRng(1).fork(i))

it('changes JSON at one place, in every way, and not what it was given', () => {
  const before = JSON.stringify(json)
  const made = cases.map((rng) => damageJson(json, rng))
  expect(JSON.stringify(json)).toBe(before)
  for (const way of [/^a\.1\.b removed$/, /^ax = /, /^c = /, /^all of it = /, /^a\.0 removed$/])
    expect(
      made.some(({ note }) => way.test(note)),
      String(way),
    ).toBe(true)
  expect(damageJson(json, cases[3])).toEqual(made[3])
})

it('changes bytes in every way', () => {
  const bytes = Buffer.from('name: x\n')
  const notes = cases.map((rng) => damageBytes(bytes, rng).note)
  for (const way of [/^cut at/, /^a bit flipped/, /byte-order/, /put in at/, /^emptied$/])
    expect(
      notes.some((note) => way.test(note)),
      String(way),
    ).toBe(true)
  expect(bytes.toString()).toBe('name: x\n')
})
