/**
 * @file What a character is: a Unicode code point, in every metric. A row of byte or BPE tokens may cut one; it then belongs
 * to the row that holds its first byte, so that the rows of a text share its characters out and each is counted once.
 */

/** Of a tokenizer, what counting needs. */
export type TokenBytes = { bytesOf(id: number): Uint8Array }

/** Bytes 10xxxxxx go on with a character, all others begin one. */
const beginsCharacter = (byte: number): boolean => (byte & 0xc0) !== 0x80

/** How many characters and bytes each token begins and holds, remembered by token. */
export function tokenCounter(tokenizer: TokenBytes): (id: number) => { characters: number; bytes: number } {
  const known = new Map<number, { characters: number; bytes: number }>()
  return (id) => {
    let counts = known.get(id)
    if (counts === undefined) {
      const bytes = tokenizer.bytesOf(id)
      counts = { characters: bytes.filter(beginsCharacter).length, bytes: bytes.length }
      known.set(id, counts)
    }
    return counts
  }
}

/** Code points of a text. */
export function countCharacters(text: string): number {
  let n = 0
  for (const _ of text) n++
  return n
}

/** The first `characters` code points of a text, or all that it has. */
export function cutCharacters(text: string, characters: number): string {
  let units = 0
  let n = 0
  for (const character of text) {
    if (n === characters) break
    units += character.length
    n++
  }
  return text.slice(0, units)
}

/** Of a hundred held-out rows, so many may be shorter than the common number of characters. */
const shorterRows = 0.01

/**
 * The number of characters that texts of `length` tokens are compared on: what 99 of 100 held-out rows of so many tokens
 * have, or more. A model that writes like the held-out text seldom writes less.
 * @param tokens the held-out text; at least one row
 */
export function commonCharacters(tokens: Int32Array, length: number, tokenizer: TokenBytes): number {
  const count = tokenCounter(tokenizer)
  const rows = Math.max(1, Math.floor(tokens.length / length))
  const characters = Float64Array.from({ length: rows }, (_, r) =>
    tokens.subarray(r * length, (r + 1) * length).reduce((sum, id) => sum + count(id).characters, 0),
  ).sort()
  return Math.max(1, characters[Math.floor(shorterRows * rows)])
}
