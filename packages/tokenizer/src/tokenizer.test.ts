import { InputError, type TokenizerConfig } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenizer, type Tokenizer, tokenizerFromJSON } from './index.ts'

const fable =
  'the fox saw the grapes; the fox leapt, the fox fell. “sour grapes”, said the fox — naïve fox 狐 🦊🦊\n'.repeat(
    3,
  )
const configs: Record<string, TokenizerConfig> = {
  text8: { type: 'char', alphabet: 'text8' },
  general: { type: 'char', alphabet: 'general' },
  symbols: { type: 'symbols', characters: '01狐🦊>{}' },
  byte: { type: 'byte' },
  bpe: { type: 'bpe', vocabSize: 300 },
}
const tokenizers: Record<string, Tokenizer> = Object.fromEntries(
  Object.entries(configs).map(([name, config]) => [name, createTokenizer(config, fable)]),
)
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom('the fox', ' ', '\n', "'s", '\ufeff', '狐', '🦊', '12', 'a'), { maxLength: 20 })
    .map((a) => a.join('')),
)
const general = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).concat('\n')
const textFor: Record<string, fc.Arbitrary<string>> = {
  text8: fc.string({ unit: fc.constantFrom(...' abcdefghijklmnopqrstuvwxyz'), maxLength: 80 }),
  general: fc.string({ unit: fc.constantFrom(...general), maxLength: 80 }),
  symbols: fc.string({ unit: fc.constantFrom(...'01狐🦊>{}'), maxLength: 80 }),
  byte: anyText,
  bpe: anyText,
}

describe.each(Object.keys(configs))('%s', (name) => {
  const tokenizer = tokenizers[name]

  it('gives back every text, with ids in the text range', () => {
    fc.assert(
      fc.property(textFor[name], (text) => {
        const ids = tokenizer.encode(text)
        expect(tokenizer.decode(ids)).toBe(text)
        expect(ids.every((id) => id >= 0 && id < tokenizer.textSize)).toBe(true)
      }),
    )
  })

  it('is the same after JSON', () => {
    const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)))
    expect(again.toJSON()).toEqual(tokenizer.toJSON())
    expect(again.fingerprint).toBe(tokenizer.fingerprint)
    expect(again.vocabulary).toEqual(tokenizer.vocabulary)
    fc.assert(
      fc.property(textFor[name], (text) => {
        expect(again.encode(text)).toEqual(tokenizer.encode(text))
      }),
    )
  })

  it('puts seven specials above the text, renders them as nothing and refuses other ids', () => {
    const { size, textSize, specials } = tokenizer
    expect(Object.values(specials)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => textSize + i))
    expect(size).toBe(textSize + 7)
    const letter = name === 'symbols' ? '狐' : 'a'
    const [a] = tokenizer.encode(letter)
    expect(tokenizer.decode([specials.bos, a, specials.mask, a, specials.eos])).toBe(letter + letter)
    expect(tokenizer.tokenText(specials.mask)).toBe('<mask>')
    expect(tokenizer.tokenText(specials.fimSuffix)).toBe('<fim-suffix>')
    expect(tokenizer.tokenText(a)).toBe(letter)
    for (const id of [-1, size, 0.5]) expect(() => tokenizer.decode([a, id])).toThrow(InputError)
    expect(() => tokenizer.tokenText(size)).toThrow(InputError)
  })
})

describe.each(Object.keys(configs))('%s with ends', (name) => {
  const plain = tokenizers[name]
  const tokenizer = createTokenizer(configs[name], fable, { ends: true })

  it('lets a network write EOS and PAD, right above the text, and nothing else that is no text', () => {
    const { specials, textSize, size, vocabulary } = tokenizer
    expect([specials.eos, specials.pad]).toEqual([plain.textSize, plain.textSize + 1])
    expect(textSize).toBe(plain.textSize + 2)
    expect(size).toBe(plain.size)
    expect(new Set(Object.values(specials)).size).toBe(7)
    for (const id of [vocabulary.mask, vocabulary.bos]) expect(id).toBeGreaterThanOrEqual(textSize)
    expect(vocabulary).toMatchObject({ eos: specials.eos, pad: specials.pad, textSize })
  })

  it('encodes alike, renders the ends as nothing, and stays itself through JSON', () => {
    fc.assert(
      fc.property(textFor[name], (text) => {
        const ids = tokenizer.encode(text)
        expect(ids).toEqual(plain.encode(text))
        const { eos, pad } = tokenizer.specials
        expect(tokenizer.decode([...ids, eos, pad, pad])).toBe(text)
      }),
    )
    expect(tokenizer.tokenText(tokenizer.specials.eos)).toBe('<eos>')
    expect(tokenizer.tokenText(tokenizer.specials.mask)).toBe('<mask>')
    expect(tokenizer.fingerprint).not.toBe(plain.fingerprint)
    const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)))
    expect(again.vocabulary).toEqual(tokenizer.vocabulary)
    expect(again.fingerprint).toBe(tokenizer.fingerprint)
  })
})

describe('sizes and ids', () => {
  it('are the documented ones', () => {
    expect(tokenizers.text8.textSize).toBe(27)
    expect(tokenizers.general.textSize).toBe(96)
    expect(tokenizers.byte.textSize).toBe(256)
    expect(tokenizers.bpe.textSize).toBe(300)
    expect([...tokenizers.text8.encode(' az')]).toEqual([0, 1, 26])
    expect([...tokenizers.general.encode('\n ~')]).toEqual([0, 1, 95])
    expect([...tokenizers.byte.encode('é')]).toEqual([0xc3, 0xa9])
  })

  it('tell apart by fingerprint', () => {
    const prints = Object.values(tokenizers).map((t) => t.fingerprint)
    expect(new Set(prints).size).toBe(prints.length)
    expect(prints.every((p) => /^[0-9a-f]{16}$/.test(p))).toBe(true)
    const longer = createTokenizer({ type: 'bpe', vocabSize: 299 }, fable)
    expect(longer.fingerprint).not.toBe(tokenizers.bpe.fingerprint)
  })
})

describe('bad input', () => {
  it('names the character and its offset', () => {
    expect(() => tokenizers.text8.encode('abC')).toThrow(/"C" \(U\+0043\) at offset 2 .*'text8'/)
    expect(() => tokenizers.general.encode('a🦊')).toThrow(/"🦊" \(U\+1F98A\) at offset 1 /)
  })

  it('names a symbol that is not there, and one that stands there twice', () => {
    expect(() => tokenizers.symbols.encode('01🦊2')).toThrow(/"2" at offset 4 is not among .*01狐/)
    expect(() => createTokenizer({ type: 'symbols', characters: 'aba' })).toThrow(/"a" stands twice/)
    expect(() => createTokenizer({ type: 'symbols', characters: 'a\ud83e' })).toThrow(/U\+D83E/)
  })

  it('refuses half a surrogate pair where TextEncoder would change it', () => {
    for (const name of ['byte', 'bpe'])
      expect(() => tokenizers[name].encode('ab \ud83e x')).toThrow(/U\+D83E\) at offset 3/)
    expect(() => createTokenizer(configs.bpe, 'aa\udd8a')).toThrow(/offset 2/)
  })

  it('decodes bytes that are not UTF-8 as replacement characters, and shows them as bytes', () => {
    for (const name of ['byte', 'bpe']) {
      expect(tokenizers[name].decode([0x61, 0xff, 0x62])).toBe('a\ufffdb')
      expect(tokenizers[name].tokenText(0xff)).toBe('<0xff>')
      expect(tokenizers[name].tokenText(10)).toBe('<0x0a>')
    }
  })

  it('refuses bpe without text and JSON that is no tokenizer, naming the key', () => {
    expect(() => createTokenizer(configs.bpe)).toThrow(InputError)
    const bad: [unknown, RegExp][] = [
      [null, /tokenizer/],
      [{ format: 'trivium-tokenizer', version: 1, type: 'char', alphabet: 'klingon' }, /alphabet/],
      [{ format: 'trivium-tokenizer', version: 2, type: 'byte' }, /version/],
      [{ format: 'trivium-tokenizer', version: 1, type: 'bpe', merges: [[97, 400]] }, /merges\.0: token 400/],
      [
        {
          format: 'trivium-tokenizer',
          version: 1,
          type: 'bpe',
          merges: [
            [97, 97],
            [97, 97],
          ],
        },
        /twice/,
      ],
    ]
    for (const [json, message] of bad) {
      expect(() => tokenizerFromJSON(json)).toThrow(InputError)
      expect(() => tokenizerFromJSON(json)).toThrow(message)
    }
  })
})
