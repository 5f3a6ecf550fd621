/**
 * @file Revising what was written (LLaDA 2.1; the claim of Gemini Diffusion): every step commits masked positions and overwrites
 * written ones that the model has come to doubt, until nothing changes. Text that stands on positions that are not frozen
 * is a draft, and is revised like the sampler's own.
 */
import { type CanvasRow, mostLikely, probabilityOf, type RowState } from '@trivium/language-model'
import { bestFirst, type MaskedSampler, type Step, type Write } from './blockwise.ts'

export type EditOptions = {
  /** τ_m: confidence above which a masked position is committed; the surest one always is. */
  readonly tauMask: number
  /** τ_e: probability above which another token replaces a written one; 1 revises nothing. */
  readonly tauEdit: number
  readonly blockLength?: number
}

/**
 * Block by block. A replaced token may be replaced again, so a block ends after twice as many steps as it has positions at
 * the latest. NFE is adaptive; the forward that finds nothing to change counts.
 */
export function edit({ tauMask, tauEdit, blockLength }: EditOptions): MaskedSampler {
  return {
    blockLength,
    revises: true,
    begin: keepDraft,
    stepsOf: (sizes) => sizes.map((size) => 2 * size),
    *choose(step) {
      const { open, draw } = step
      if (open.length === 0 && tauEdit >= 1) return null
      const logits = yield
      const ranked = bestFirst(draw(open, logits), ({ confidence }) => confidence)
      const sure = ranked.filter(({ confidence }) => confidence > tauMask).length
      const committed = ranked.slice(0, open.length === 0 ? 0 : Math.max(1, sure))
      const writes = [...committed, ...replacements(step, logits, tauEdit)]
      return writes.length === 0 ? null : writes
    },
  }
}

/** The most likely token of every written position whose probability is above τ_e and that is another one. */
function replacements(
  { row, positions, mask, textSize }: Step,
  logits: Float32Array,
  tauEdit: number,
): Write[] {
  return positions.flatMap((position) => {
    const shown = row.tokens[position]
    if (shown === mask) return []
    const at = logits.subarray(position * textSize, (position + 1) * textSize)
    const token = mostLikely(at)
    if (token === shown) return []
    const confidence = probabilityOf(at, token)
    return confidence > tauEdit ? [{ position, token, confidence }] : []
  })
}

/** Text on free positions stays; nothing vouches for it yet. */
function keepDraft(row: RowState, { tokens, frozen }: CanvasRow, textSize: number): void {
  tokens.forEach((token, i) => {
    if (frozen[i] === 0 && token >= 0 && token < textSize) row.tokens[i] = token
  })
}
