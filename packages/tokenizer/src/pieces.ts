/** @file The pre-split of BPE: pieces that no merge crosses. */

/** GPT-2's pattern (Radford et al. 2019): contractions, words, numbers and punctuation with their leading space, white space. */
const pattern = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** Longest piece in UTF-16 units: a token never spans more text than this, whether there are spaces or not. */
const longestPiece = 256

/** Longest piece in UTF-8 bytes: a unit has at most three. */
export const longestToken: number = 3 * longestPiece

/** The pieces of a text; joined, they are the text. */
export function splitPieces(text: string): string[] {
  const pieces: string[] = text.match(pattern) ?? []
  return pieces.some((piece) => piece.length > longestPiece) ? pieces.flatMap(chop) : pieces
}

function chop(piece: string): string[] {
  const parts: string[] = []
  for (let start = 0; start < piece.length; ) {
    let end = Math.min(start + longestPiece, piece.length)
    // Never between the halves of a surrogate pair.
    if (end < piece.length && piece.charCodeAt(end) >= 0xdc00 && piece.charCodeAt(end) <= 0xdfff) end--
    parts.push(piece.slice(start, end))
    start = end
  }
  return parts
}
