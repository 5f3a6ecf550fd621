/** @file The judge against a slow Kneser–Ney written from the definition, and its probabilities against 1. */
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { nGramBits, trainJudge } from './judge.ts'

const text = 'the cat sat on the mat and the rat sat on the cat that ate the mat at the bat'

/**
 * Interpolated Kneser–Ney by counting strings; symbols are the distinct characters and one for the unknown. `opens`: the
 * context is all that stands before, so that its highest order counts occurrences, as the full order does.
 */
function slowKneserNey(
  train: string,
  order: number,
): (context: string, character: string, opens: boolean) => number {
  const known = [...new Set(train)]
  const grams = (n: number): string[] =>
    Array.from({ length: train.length - n + 1 }, (_, i) => train.slice(i, i + n))
  const occurrences = (gram: string): number => grams(gram.length).filter((g) => g === gram).length
  const continuations = (gram: string): number =>
    gram.length === order
      ? occurrences(gram)
      : new Set(grams(gram.length + 1).filter((g) => g.slice(1) === gram)).size
  const [raw, inner] = [occurrences, continuations].map((count) => {
    const counts = new Map<string, number>()
    for (let n = 1; n <= order; n++) for (const gram of grams(n)) counts.set(gram, count(gram))
    return counts
  })
  const discount = (counts: Map<string, number>, n: number, c: number): number => {
    if (c === 0) return 0
    const of = (k: number): number => [...counts].filter(([g, v]) => g.length === n && v === k).length
    const [n1, n2, n3, n4] = [of(1), of(2), of(3), of(4)]
    const y = n1 && n2 ? n1 / (n1 + 2 * n2) : 0.5
    const k = Math.min(c, 3)
    const d = n1 && n2 && n3 && n4 ? k - ((k + 1) * y * [n1, n2, n3, n4][k]) / [n1, n2, n3, n4][k - 1] : y
    return Math.min(Math.max(d, 0.01), k)
  }
  const probability = (context: string, character: string, opens: boolean): number => {
    const n = context.length + 1
    const counts = opens && n < order ? raw : inner
    const shorter = n === 1 ? 1 / (known.length + 1) : probability(context.slice(1), character, false)
    const followers = known.map((c) => counts.get(context + c) ?? 0)
    const total = followers.reduce((sum, c) => sum + c, 0)
    if (total === 0) return shorter
    const own = counts.get(context + character) ?? 0
    const left = followers.reduce((sum, c) => sum + discount(counts, n, c), 0)
    return (own - discount(counts, n, own) + left * shorter) / total
  }
  return probability
}

describe('trainJudge', () => {
  it.each([1, 2, 3, 5])('order %i equals the definition', (order) => {
    const slow = slowKneserNey(text, order)
    const judge = trainJudge(text, { order })
    const sample = 'the bat that sat qz on a tat'
    const bits = judge.characterBits(sample)
    ;[...sample].forEach((character, i) => {
      const context = sample.slice(Math.max(0, i - order + 1), i)
      expect(2 ** -bits[i]).toBeCloseTo(slow(context, character, context.length === i), 12)
    })
  })
  it.each([1, 3, 7])('order %i sums to 1 in any context', (order) => {
    const judge = trainJudge(text, { order })
    for (const context of ['', 't', 'the c', 'zzz', 'sat on the ', text.slice(0, 6), text.slice(-6)]) {
      const p = judge.distribution(context)
      expect(p.length).toBe(new Set(text).size + 1)
      expect(Math.min(...p)).toBeGreaterThan(0)
      expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12)
    }
  })
  it('reads a context without scoring it', () => {
    const judge = trainJudge(text, { order: 4 })
    const all = judge.characterBits('the mat')
    expect([...judge.characterBits('mat', { context: 'the ' })]).toEqual([...all.subarray(4)])
    expect(judge.bitsPerCharacter('the mat')).toBeCloseTo(all.reduce((s, b) => s + b, 0) / 7, 12)
    expect(() => judge.bitsPerCharacter('')).toThrow(/empty/)
  })
  it('scores the first characters by how often they occur, not by how many contexts they have', () => {
    // 'u' follows nothing but 'q', and does so often: one continuation, a sixth of the text.
    const qu = trainJudge('qu qu qu a b c d '.repeat(20), { order: 3 })
    expect(qu.characterBits('u')[0]).toBeLessThan(-Math.log2(0.15))
    expect(qu.characterBits('u')[0]).toBeLessThan(qu.characterBits('a')[0])
  })
  it('rows of any length compare: the head of a text is as likely, in the mean, as a unigram model finds it', () => {
    const u = createRng(3).uniforms(30_000)
    const skew = Array.from(u, (x) => 'aaaaabbbcd'[Math.floor(10 * x)]).join('')
    const judge = trainJudge(skew, { order: 5 })
    const heads = Array.from(
      { length: 400 },
      (_, i) => judge.characterBits(skew.slice(60 * i, 60 * i + 60))[0],
    )
    const entropy = [0.5, 0.3, 0.1, 0.1].reduce((sum, p) => sum - p * Math.log2(p), 0)
    expect(heads.reduce((sum, b) => sum + b, 0) / 400).toBeCloseTo(entropy, 1)
  })
  it('knows the longest substring up to its order', () => {
    const judge = trainJudge(text, { order: 5 })
    expect(judge.longestKnown('xxsat xx')).toBe(4)
    expect(judge.longestKnown('the cat sat')).toBe(5)
    expect(judge.longestKnown('ZZ')).toBe(0)
  })
  it('learns a Markov source to its entropy rate', () => {
    const u = createRng(2).uniforms(60_000)
    let state = 0
    const train = Array.from(u, (x) => {
      state = x < 0.8 ? (state + 1) % 3 : state
      return 'abc'[state]
    }).join('')
    const rate = -(0.8 * Math.log2(0.8) + 0.2 * Math.log2(0.2))
    expect(
      trainJudge(train.slice(0, 50_000), { order: 3 }).bitsPerCharacter(train.slice(50_000)),
    ).toBeCloseTo(rate, 1.7)
    const [one, two] = nGramBits(train.slice(0, 50_000), [train.slice(50_000)], [1, 2])
    expect(one.bitsPerCharacter).toBeCloseTo(Math.log2(3), 2)
    expect(two.bitsPerCharacter).toBeCloseTo(rate, 1.7)
  })
  it('scores the n-gram guides on rows without context, weighted by characters', () => {
    const rows = ['the cat', 'sat on the mat that', 't']
    for (const { order, bitsPerCharacter } of nGramBits(text, rows, [2, 4])) {
      const judge = trainJudge(text, { order })
      const sum = rows.flatMap((row) => [...judge.characterBits(row)]).reduce((all, b) => all + b, 0)
      expect(bitsPerCharacter).toBeCloseTo(sum / (7 + 19 + 1), 12)
    }
    expect(() => nGramBits(text, [''])).toThrow(/no characters/)
  })
  it('survives thousands of grams: growth and rehashing lose none', () => {
    const train = Array.from(createRng(5).uint32s(20_000), (x) => String.fromCharCode(32 + (x % 90))).join('')
    const judge = trainJudge(train, { order: 3 })
    const distinct = [1, 2, 3].reduce(
      (sum, n) =>
        sum + new Set(Array.from({ length: train.length - n + 1 }, (_, i) => train.slice(i, i + n))).size,
      0,
    )
    expect(judge.grams).toBe(distinct)
  })
  it('shares one symbol among characters beyond 255, and refuses nonsense', () => {
    const many = Array.from({ length: 400 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('')
    expect(trainJudge(many, { order: 2 }).alphabet.size).toBe(256)
    expect(trainJudge('a😀b😀', { order: 2 }).alphabet.characters).toEqual(['😀', 'a', 'b'])
    expect(trainJudge(text, { maxCharacters: 3 }).alphabet.size).toBe(4)
    expect(trainJudge('😀😀xy', { maxCharacters: 2 }).alphabet.characters).toEqual(['😀'])
    // 145 characters and the unknown share the last symbol's probability evenly: all 401 sum to 1.
    const judge = trainJudge(many, { order: 1 })
    const sum = [...many, '!'].reduce((all, character) => all + 2 ** -judge.characterBits(character)[0], 0)
    expect(sum).toBeCloseTo(1, 10)
    expect(() => trainJudge('')).toThrow(/no training text/)
    expect(() => trainJudge(text, { order: 0 })).toThrow(/order 0/)
  })
})
