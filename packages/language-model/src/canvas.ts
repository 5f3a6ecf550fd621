/** @file Canvases: building them, checking them against a model. */
import { InputError } from '@trivium/schema'
import type { CanvasRow, Vocabulary } from './contract.ts'

/** A canvas of `length` positions that are all to be written. */
export function freeCanvas(length: number, vocabulary: Vocabulary): CanvasRow {
  return { tokens: new Int32Array(length).fill(vocabulary.mask), frozen: new Uint8Array(length) }
}

/** `prefix`, then `gap` positions to write, then `suffix`. */
export function gapCanvas(
  prefix: Int32Array,
  gap: number,
  suffix: Int32Array,
  vocabulary: Vocabulary,
): CanvasRow {
  const row = freeCanvas(prefix.length + gap + suffix.length, vocabulary)
  row.tokens.set(prefix)
  row.tokens.set(suffix, prefix.length + gap)
  row.frozen.fill(1, 0, prefix.length)
  row.frozen.fill(1, prefix.length + gap)
  return row
}

/** @throws InputError unless all rows have one length in 1 … context and every frozen token is text. */
export function checkCanvas(canvas: readonly CanvasRow[], vocabulary: Vocabulary, context: number): void {
  if (canvas.length === 0) throw new InputError('the canvas has no rows; pass at least one')
  const length = canvas[0].tokens.length
  if (length === 0) throw new InputError('the canvas has no positions; ask for at least one token')
  if (length > context)
    throw new InputError(
      `canvas length ${length} exceeds the model's context ${context}; shorten it or train with model.context: ${length}`,
    )
  canvas.forEach((row, r) => {
    if (row.tokens.length !== length || row.frozen.length !== length)
      throw new InputError(
        `canvas row ${r} has ${row.tokens.length} tokens and ${row.frozen.length} flags where row 0 has ${length}; rows of one request share a length`,
      )
    row.tokens.forEach((token, i) => {
      if (row.frozen[i] === 1 && (token < 0 || token >= vocabulary.textSize))
        throw new InputError(
          `canvas row ${r} position ${i} is frozen with token ${token}, which is not text (0 … ${vocabulary.textSize - 1})`,
        )
    })
  })
}

/** Whether the row is a prompt only: frozen positions first, then positions to write. */
export function promptLength(row: CanvasRow): number | null {
  let n = 0
  while (n < row.frozen.length && row.frozen[n] === 1) n++
  for (let i = n; i < row.frozen.length; i++) if (row.frozen[i] === 1) return null
  return n
}
