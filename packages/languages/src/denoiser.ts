/** @file A language in the place of a network: what a sampler gets wrong with it is the sampler's own. */
import type { Language } from './language.ts'

/**
 * The exact conditionals as the logits of a network that makes no mistake: for B canvases of one length L, row-major
 * [B·L·V], ln p(x_i = v | the tokens that are not `mask`); −Infinity where that is 0.
 * @param noise chance that a shown token is wrong (see `conditional`): above 0 no canvas is impossible, and the logits of
 * shown positions say what should stand there. At 0 the promise rejects with InputError when the tokens of a canvas cannot occur
 * together.
 */
export function exactDenoiser(
  language: Language,
  mask: number,
  noise: number = 0,
): (canvases: readonly Int32Array[]) => Promise<Float32Array> {
  return async (canvases) => {
    const size = (canvases[0]?.length ?? 0) * language.vocabSize
    const logits = new Float32Array(canvases.length * size)
    canvases.forEach((canvas, b) => {
      const p = language.conditional(
        canvas.map((token) => (token === mask ? -1 : token)),
        noise,
      )
      logits.set(
        p.map((x) => Math.log(x)),
        b * size,
      )
    })
    return logits
  }
}
