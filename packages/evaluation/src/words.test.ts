/** @file Words, diversity and memorisation on texts small enough to count by hand or by brute force. */
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { buildTrainIndex } from './train-index.ts'
import { bleuText, distinctShare, selfBleu4, wordGrams, wordsOf } from './words.ts'

describe('wordsOf', () => {
  it('keeps apostrophes and letters of any script, in lower case', () => {
    expect(wordsOf("Don't stop, Élan 42! ‘rock’ 'n' go'")).toEqual([
      "don't",
      'stop',
      'élan',
      '42',
      'rock',
      'n',
      'go',
    ])
  })
  it('takes code points for what they are: marks and astral letters belong to words, emoji do not', () => {
    expect(wordsOf('cafe\u0301 𝔘𝔫𝔦 naïve😀yes 你好，世界')).toEqual([
      'cafe\u0301',
      '𝔘𝔫𝔦',
      'naïve',
      'yes',
      '你好',
      '世界',
    ])
  })
  it('leaves out what an edge may have cut', () => {
    expect(wordsOf('ut of the wor', { inner: true })).toEqual(['of', 'the'])
    expect(wordsOf(' of the ', { inner: true })).toEqual(['of', 'the'])
    expect(wordsOf('oneword', { inner: true })).toEqual([])
  })
})

describe('diversity', () => {
  const distinct = (texts: string[][], n: number): number =>
    distinctShare(texts.map((words) => wordGrams(words, n)))
  const bleu = (texts: string[][]): Float64Array => selfBleu4(texts.map(bleuText))

  it('distinct-n counts the set, not each text', () => {
    const texts = [
      ['a', 'b', 'a'],
      ['a', 'b'],
    ]
    expect(distinct(texts, 1)).toBe(2 / 5)
    expect(distinct(texts, 2)).toBe(2 / 3)
    expect(distinct(texts, 4)).toBeNaN()
  })
  it('self-BLEU is 1 for copies and the closed form for a half', () => {
    const copy = 'one two three four five'.split(' ')
    expect([...bleu([copy, copy, copy])]).toEqual([1, 1, 1].map((x) => expect.closeTo(x, 12)))
    // a b c d against a b x y: precisions 2/4, 1/3, 0.1/2, 0.1/1
    const [score] = bleu([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'x', 'y'],
    ])
    expect(score).toBeCloseTo((0.5 * (1 / 3) * 0.05 * 0.1) ** 0.25, 12)
    expect(bleu([copy])[0]).toBeNaN()
  })
  it('self-BLEU clips by the largest count in another text, and charges a short text', () => {
    // 'a a a' against 'a a b b': unigrams 2/3 (clipped), bigrams 1/2, trigrams 0.1/1; length 3 under 4
    const [score] = bleu([
      ['a', 'a', 'a'],
      ['a', 'a', 'b', 'b'],
    ])
    expect(score).toBeCloseTo(Math.exp(1 - 4 / 3) * ((2 / 3) * 0.5 * 0.1) ** (1 / 3), 12)
  })
})

describe('buildTrainIndex', () => {
  const encode = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

  it('finds the longest match that brute force finds', () => {
    const draw = (seed: number, n: number): string =>
      Array.from(createRng(seed).uniforms(n), (u) => 'abc'[Math.floor(3 * u)]).join('')
    const train = draw(1, 3000)
    const index = buildTrainIndex(train, encode(train), 4)
    const brute = (sample: string): number => {
      let longest = 0
      for (let i = 0; i < sample.length; i++)
        while (i + longest < sample.length && train.includes(sample.slice(i, i + longest + 1))) longest++
      return longest
    }
    for (let seed = 2; seed < 30; seed++) {
      const sample = draw(seed, 60)
      expect(index.longestMatch(encode(sample))).toBe(brute(sample))
    }
    expect(index.longestMatch(encode(train.slice(2500)))).toBe(500)
    expect(index.longestMatch(encode('xyz'))).toBe(0)
    expect(index.longestMatch(encode('ab'))).toBe(0)
  })
  it('counts windows of eight words, each known word for word', () => {
    const train = 'We the People of the United States, in Order to form a more perfect Union'
    const index = buildTrainIndex(train, encode(train), 8)
    expect(index.vocabulary.has('people')).toBe(true)
    expect(index.overlap(wordsOf('the people of the united states in order to'))).toEqual({
      windows: 2,
      known: 2,
    })
    expect(index.overlap(wordsOf('the people of the united states in union to'))).toEqual({
      windows: 2,
      known: 0,
    })
    expect(index.overlap(wordsOf('people the of the united states in order'))).toEqual({
      windows: 1,
      known: 0,
    })
    expect(index.overlap(wordsOf('people of dada united states in order to'))).toEqual({
      windows: 1,
      known: 0,
    })
    expect(index.overlap(wordsOf('too short'))).toEqual({ windows: 0, known: 0 })
  })
})
