/** @file One id a character, over a closed alphabet. */
import { InputError, type TokenizerFile } from '@trivium/schema'
import { withSpecials } from './specials.ts'
import type { Tokenizer } from './types.ts'
import { utf8Bytes } from './utf8.ts'

type Alphabet = Extract<TokenizerFile, { type: 'char' }>['alphabet']

const printable = Array.from({ length: 126 - 32 + 1 }, (_, i) => String.fromCharCode(32 + i)).join('')

/** The characters in id order. text8: Mahoney's 27 (space, a–z); general: newline and ASCII 32 … 126 (96). */
const alphabets: Record<Alphabet, string> = {
  text8: ' abcdefghijklmnopqrstuvwxyz',
  general: `\n${printable}`,
}

export function createCharTokenizer(alphabet: Alphabet, ends = false): Tokenizer {
  const characters = alphabets[alphabet]
  const idOf = new Int32Array(128).fill(-1)
  for (let id = 0; id < characters.length; id++) idOf[characters.charCodeAt(id)] = id
  return withSpecials(
    {
      textSize: characters.length,
      encode(text) {
        const ids = new Int32Array(text.length)
        for (let i = 0; i < text.length; i++) {
          const unit = text.charCodeAt(i)
          const id = unit < 128 ? idOf[unit] : -1
          if (id < 0) throw unknownCharacter(text, i, alphabet)
          ids[i] = id
        }
        return ids
      },
      decodeText: (ids) => ids.map((id) => characters[id]).join(''),
      textOf: (id) => characters[id],
      bytesOf: (id) => utf8Bytes(characters[id]),
      toJSON: () => ({ format: 'trivium-tokenizer', version: 1, type: 'char', alphabet }),
    },
    ends,
  )
}

function unknownCharacter(text: string, offset: number, alphabet: Alphabet): InputError {
  const point = text.codePointAt(offset) ?? 0
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
  const name = `${JSON.stringify(String.fromCodePoint(point))} (${code})`
  const wanted = alphabet === 'text8' ? 'a–z and space' : 'printable ASCII and newline'
  return new InputError(
    `character ${name} at offset ${offset} is not in the alphabet '${alphabet}' (${wanted}); ` +
      `use the dataset view '${alphabet}', or tokenizer type byte or bpe`,
  )
}
