/** @file Ancestral sampling of the reverse process (MDLM 2406.07524 §4.1). */
import type { AbsorbingProcess } from '../process.ts'
import { commit, drawAt, maskedPositions, type RowContext, type RowProgram } from './row.ts'

/**
 * From t = 1 to 0 in `steps` equal steps a masked position unmasks with (α_s−α_t)/(1−α_t); its token is drawn from
 * softmax(logits/temperature). The last step draws all that is left: it samples, as every step does.
 *
 * Positions are chosen before tokens are drawn, so a step that chooses none needs no forward. NFE = steps that wrote
 * something, the count of MDLM's cache: an unchanged canvas is not run again.
 */
export function* ancestral(
  context: RowContext,
  { steps, temperature }: { steps: number; temperature: number },
  process: AbsorbingProcess,
): RowProgram {
  const { row, mask, rng } = context
  for (let step = 1; step <= steps; step++) {
    const masked = maskedPositions(row, mask)
    if (masked.length === 0) return
    const probability = process.unmaskProbability(1 - step / steps, 1 - (step - 1) / steps)
    const u = rng.fork('unmask', row.index, step).uniforms(row.tokens.length)
    const chosen = step === steps ? masked : masked.filter((i) => u[i] < probability)
    if (chosen.length === 0) continue
    const logits = yield step
    const drawn = drawAt(chosen, logits, step, temperature, context)
    chosen.forEach((position, k) => commit(row, position, drawn[k]))
  }
}
