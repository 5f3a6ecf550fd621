/** @file The specials, their ids, and the parts that every tokenizer shares. */
import { InputError, type TokenizerFile } from '@trivium/schema'
import { fingerprint } from './fingerprint.ts'
import type { Specials, Tokenizer } from './types.ts'

/** In id order above the text. FIM: fill in the middle (Bavarian et al. 2022). */
const specialNames = ['mask', 'bos', 'eos', 'pad', 'fimPrefix', 'fimMiddle', 'fimSuffix'] as const
/** Where answers end: EOS and PAD come first, because a network writes them too. */
const specialNamesWithEnds = ['eos', 'pad', 'mask', 'bos', 'fimPrefix', 'fimMiddle', 'fimSuffix'] as const
const specialTexts: Readonly<Record<(typeof specialNames)[number], string>> = {
  mask: '<mask>',
  bos: '<bos>',
  eos: '<eos>',
  pad: '<pad>',
  fimPrefix: '<fim-prefix>',
  fimMiddle: '<fim-middle>',
  fimSuffix: '<fim-suffix>',
}

/** What differs between the tokenizers; ids given to it are text ids. */
export type TextCodec = {
  readonly textSize: number
  encode(text: string): Int32Array
  decodeText(ids: readonly number[]): string
  textOf(id: number): string
  bytesOf(id: number): Uint8Array
  toJSON(): TokenizerFile
}

/**
 * A tokenizer of a codec: adds the specials, the range check and the fingerprint.
 * @param ends whether EOS and PAD are written: rows whose answers differ in length
 */
export function withSpecials(codec: TextCodec, ends: boolean): Tokenizer {
  const names = ends ? specialNamesWithEnds : specialNames
  const textSize = codec.textSize + (ends ? 2 : 0)
  const size = codec.textSize + names.length
  const specials = Object.fromEntries(names.map((name, i) => [name, codec.textSize + i])) as Specials
  const { mask, bos, eos, pad, fimPrefix, fimSuffix, fimMiddle } = specials
  const fim = { prefix: fimPrefix, suffix: fimSuffix, middle: fimMiddle }
  const check = (id: number, where: string): void => {
    if (!Number.isInteger(id) || id < 0 || id >= size)
      throw new InputError(
        `token ${id}${where} is outside this tokenizer's ids 0 … ${size - 1}; was it made by another one?`,
      )
  }
  const json: TokenizerFile = { ...codec.toJSON(), ...(ends && { ends }) }
  return {
    type: json.type,
    size,
    textSize,
    specials,
    vocabulary: { size, textSize, mask, bos, eos, pad, fim },
    fingerprint: fingerprint(JSON.stringify(json)),
    encode: codec.encode,
    decode(ids) {
      const text: number[] = []
      for (let i = 0; i < ids.length; i++) {
        check(ids[i], ` at position ${i}`)
        if (ids[i] < codec.textSize) text.push(ids[i])
      }
      return codec.decodeText(text)
    },
    tokenText(id) {
      check(id, '')
      return id < codec.textSize ? codec.textOf(id) : specialTexts[names[id - codec.textSize]]
    },
    bytesOf(id) {
      check(id, '')
      return id < codec.textSize ? codec.bytesOf(id) : new Uint8Array(0)
    },
    toJSON: () => json,
  }
}
