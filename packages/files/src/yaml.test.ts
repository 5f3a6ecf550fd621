import { InputError } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readYaml } from './yaml.ts'

const read = (text: string): unknown => readYaml(text, (line) => `x.yaml:${line}`).document.toJS()
const bomb = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`).join('\n')

describe('readYaml', () => {
  it('reads past a byte-order mark', () => {
    expect(read('\ufeffa: 1\n')).toEqual({ a: 1 })
  })

  it('writes aliases out as YAML means them: the last anchor of that name before', () => {
    const text = 'a: &x {n: 1}\nb: &y {v: *x, w: *x}\nc: &x {n: 2}\nd: *y\ne: [*x, *y]\n'
    expect(read(text)).toEqual(parse(text))
    expect(read('k: &k name\n*k : 1\n')).toEqual({ k: 'name', name: 1 })
  })

  it('writes merge keys out: own keys first, then the first of a list, nested merges too', () => {
    const text = `
base: &base {a: 1, b: 1}
more: &more {<<: *base, b: 2, c: 2}
one: {<<: *more, c: 3}
list: {b: 9, <<: [*base, *more]}
inline: {<<: {z: 1}, a: 0}
quoted: {"<<": 5}
`
    expect(read(text)).toEqual({
      base: { a: 1, b: 1 },
      more: { a: 1, b: 2, c: 2 },
      one: { a: 1, b: 2, c: 3 },
      list: { a: 1, b: 9, c: 2 },
      inline: { z: 1, a: 0 },
      quoted: { '<<': 5 },
    })
  })

  it('leaves a document that can be changed at the place of an alias, and knows the lines', () => {
    const { document, lineOf } = readYaml('a: &x {n: 1}\nb: *x\n', String)
    document.setIn(['b', 'n'], 2)
    expect(document.toJS()).toEqual({ a: { n: 1 }, b: { n: 2 } })
    expect(lineOf(14)).toBe(2)
  })

  it.each([
    ['an alias without an anchor', 'a: 1\nb: *nobody\n', /^x\.yaml:2: .*\*nobody has no anchor before it/],
    ['an anchor that comes too late', 'a: *x\nb: &x 1\n', /^x\.yaml:1: .*\*x has no anchor/],
    ['an alias inside of itself', 'a: 1\nb: &x\n  c: *x\n', /^x\.yaml:3: .*\*x stands inside of itself/],
    ['aliases that explode', `a0: &a0 lol\n${bomb}\n`, /^x\.yaml:\d: .*stand for more than 10000 values/],
    ['a merge key without a mapping', 'a: 1\nb:\n  <<: 7\n', /^x\.yaml:3: .*<< wants a mapping/],
    ['a tab as indentation', 'a:\n\tb: 1\n', /^x\.yaml:2: .*[Tt]ab/],
    ['a key that stands twice', 'a: 1\nb: 2\na: 3\n', /^x\.yaml:3: .*stands there twice: a$/],
    ['two documents', 'a: 1\n---\nb: 2\n', /^x\.yaml:[23]: .*a second document begins here/],
    ['a tag that nobody knows', 'a: 1\nb: !!js/function x\n', /^x\.yaml:2: .*[Uu]nresolved tag/],
    ['an open bracket', 'a: [1, 2\n', /^x\.yaml:[12]: /],
    ['a deep nest', `a: ${'['.repeat(300)}${']'.repeat(300)}\n`, /^x\.yaml:1: .*deeper than 100/],
    ['a bottomless nest', `a: ${'['.repeat(5000)}\n`, /^x\.yaml:1: .*deeper than 100/],
  ])('refuses %s in one line with its place', (_, text, message) => {
    expect(() => read(text)).toThrow(InputError)
    expect(() => read(text)).toThrow(message)
    expect(() => read(text)).toThrow(/^[^\n]+$/)
  })
})
