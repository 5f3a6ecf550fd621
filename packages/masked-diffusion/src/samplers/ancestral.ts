/** @file Ancestral sampling of the reverse process (MDLM 2406.07524 §4.1). */
import type { AbsorbingProcess } from '../absorbing.ts'
import type { MaskedSampler } from './blockwise.ts'

/**
 * From t = 1 to 0 in `steps` equal steps a masked position unmasks with (α_s−α_t)/(1−α_t); its token is drawn from
 * softmax(logits/temperature). The last step draws all that is left: it samples, as every step does.
 *
 * Positions are chosen before tokens are drawn, so a step that chooses none needs no forward. NFE = steps that wrote
 * something, the count of MDLM's cache: an unchanged canvas is not run again.
 */
export function ancestral(
  { steps, blockLength }: { readonly steps: number; readonly blockLength?: number },
  process: AbsorbingProcess,
): MaskedSampler {
  return {
    blockLength,
    stepsOf: (sizes) => sizes.map(() => steps),
    *choose({ open, index, of, uniforms, draw }) {
      if (open.length === 0) return null
      const probability = process.unmaskProbability(1 - index / of, 1 - (index - 1) / of)
      const u = uniforms('unmask')
      const chosen = index === of ? open : open.filter((i) => u[i] < probability)
      return chosen.length === 0 ? [] : draw(chosen, yield)
    },
  }
}
