/** @file When a row stands still: its most likely tokens are those of the step before, and it is sure of them. */
import { mostLikely, probabilityOf, type RowState } from '@trivium/language-model'
import type { Write } from './blockwise.ts'
import { entropyOf } from './entropy.ts'

/**
 * Looks at a row once a step: the most likely tokens of `positions`, where all are those of the step before and their mean
 * entropy is at most `settle` nats; else null. `logits` are [L·textSize].
 */
export function settling(
  settle: number,
): (row: RowState, positions: readonly number[], logits: Float32Array) => Write[] | null {
  const before = new WeakMap<RowState, Int32Array>()
  return (row, positions, logits) => {
    const { length } = row.tokens
    const size = logits.length / length
    const at = (position: number): Float32Array => logits.subarray(position * size, (position + 1) * size)
    const last = before.get(row)
    const now = new Int32Array(length).fill(-1)
    for (const position of positions) now[position] = mostLikely(at(position))
    before.set(row, now)
    if (last === undefined || positions.some((position) => last[position] !== now[position])) return null
    const mean = positions.reduce((sum, position) => sum + entropyOf(at(position)), 0) / positions.length
    if (mean > settle) return null
    return positions.map((position) => ({
      position,
      token: now[position],
      confidence: probabilityOf(at(position), now[position]),
    }))
  }
}
