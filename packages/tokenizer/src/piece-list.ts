/**
 * @file Pieces as one linked list of token ids. Merging two neighbours costs the same wherever they stand and however long
 * their piece is, which is what keeps BPE near-linear on text without spaces.
 */

/** Position i holds token `ids[i]`; a position that was merged into its left neighbour holds -1. */
export type PieceList = {
  readonly ids: Int32Array
  /** The neighbours within the piece; -1 at its ends. */
  readonly previous: Int32Array
  readonly next: Int32Array
}

/** A list of the pieces' bytes, one piece after the other. */
export function createPieceList(pieces: readonly Uint8Array[]): PieceList {
  const size = pieces.reduce((n, piece) => n + piece.length, 0)
  const [ids, previous, next] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)]
  let start = 0
  for (const piece of pieces) {
    ids.set(piece, start)
    const end = start + piece.length
    for (let i = start; i < end; i++) {
      previous[i] = i === start ? -1 : i - 1
      next[i] = i + 1 === end ? -1 : i + 1
    }
    start = end
  }
  return { ids, previous, next }
}

/** Replaces the tokens at `position` and at the next one by `merged`, which stands at `position` then. */
export function mergeAt({ ids, previous, next }: PieceList, position: number, merged: number): void {
  const gone = next[position]
  ids[position] = merged
  ids[gone] = -1
  next[position] = next[gone]
  if (next[gone] >= 0) previous[next[gone]] = position
}
