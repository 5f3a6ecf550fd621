/** @file One id a character over any characters that a task or a user names: code points, in the order given. */
import { InputError } from '@trivium/schema'
import { withSpecials } from './specials.ts'
import type { Tokenizer } from './types.ts'
import { assertWellFormed, utf8Bytes } from './utf8.ts'

/** @throws InputError when a character stands there twice, or is half a surrogate pair */
export function createSymbolTokenizer(characters: string, ends = false): Tokenizer {
  assertWellFormed(characters)
  const symbols = [...characters]
  const idOf = new Map(symbols.map((symbol, id) => [symbol, id]))
  const twice = symbols.find((symbol, id) => idOf.get(symbol) !== id)
  if (twice !== undefined)
    throw new InputError(`the character ${JSON.stringify(twice)} stands twice in the tokenizer's characters`)
  return withSpecials(
    {
      textSize: symbols.length,
      encode(text) {
        let offset = 0
        return Int32Array.from([...text], (symbol) => {
          const id = idOf.get(symbol)
          if (id === undefined)
            throw new InputError(
              `character ${JSON.stringify(symbol)} at offset ${offset} is not among the tokenizer's characters ${JSON.stringify(characters)}`,
            )
          offset += symbol.length
          return id
        })
      },
      decodeText: (ids) => ids.map((id) => symbols[id]).join(''),
      textOf: (id) => symbols[id],
      bytesOf: (id) => utf8Bytes(symbols[id]),
      toJSON: () => ({ format: 'trivium-tokenizer', version: 1, type: 'symbols', characters }),
    },
    ends,
  )
}
