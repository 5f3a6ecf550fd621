/** @file The specials, their ids, and the parts that every tokenizer shares. */
import { InputError, type TokenizerFile } from '@trivium/schema'
import { fingerprint } from './fingerprint.ts'
import type { Specials, Tokenizer } from './types.ts'

/** In id order: textSize + 0 … textSize + 6. FIM: fill in the middle (Bavarian et al. 2022). */
const specialNames = ['mask', 'bos', 'eos', 'pad', 'fimPrefix', 'fimMiddle', 'fimSuffix'] as const
const specialTexts = ['<mask>', '<bos>', '<eos>', '<pad>', '<fim-prefix>', '<fim-middle>', '<fim-suffix>']

/** What differs between the tokenizers; ids given to it are text ids. */
export type TextCodec = {
  readonly textSize: number
  encode(text: string): Int32Array
  decodeText(ids: readonly number[]): string
  textOf(id: number): string
  toJSON(): TokenizerFile
}

/** A tokenizer of a codec: adds the specials, the range check and the fingerprint. */
export function withSpecials(codec: TextCodec): Tokenizer {
  const { textSize } = codec
  const size = textSize + specialNames.length
  const specials = Object.fromEntries(specialNames.map((name, i) => [name, textSize + i])) as Specials
  const { mask, bos, eos, pad } = specials
  const check = (id: number, where: string): void => {
    if (!Number.isInteger(id) || id < 0 || id >= size)
      throw new InputError(
        `token ${id}${where} is outside this tokenizer's ids 0 … ${size - 1}; was it made by another one?`,
      )
  }
  const json = codec.toJSON()
  return {
    type: json.type,
    size,
    textSize,
    specials,
    vocabulary: { size, textSize, mask, bos, eos, pad },
    fingerprint: fingerprint(JSON.stringify(json)),
    encode: codec.encode,
    decode(ids) {
      const text: number[] = []
      for (let i = 0; i < ids.length; i++) {
        check(ids[i], ` at position ${i}`)
        if (ids[i] < textSize) text.push(ids[i])
      }
      return codec.decodeText(text)
    },
    tokenText(id) {
      check(id, '')
      return id < textSize ? codec.textOf(id) : specialTexts[id - textSize]
    },
    toJSON: codec.toJSON,
  }
}
