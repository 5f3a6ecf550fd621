/**
 * @file Few-step training: a student learns to say at once where its teacher's deterministic walk ends (Luhman & Luhman
 * 2101.02388; the map of consistency models, 2303.01469, by its definition and not by bootstrapping).
 *
 * The mean over texts is what makes few steps bad: tokens that are read off together do not know of each other. Where a walk
 * from z ends is one text, so the student is sure at every noise level and what it says together fits together. Its estimate
 * noised afresh (`renoise`) is then the multistep sampler of consistency models.
 */
import type { TokenBatch } from '@trivium/language-model'
import type { Corruption } from '../gaussian/corruption.ts'
import { gaussianStep } from '../gaussian/samplers/step.ts'
import type { Condition } from '../gaussian/space.ts'
import type { Inside } from './inside.ts'

/**
 * The texts [B·L] in which DDIM ends from the noisy rows of a batch, each row in `steps` equal quantiles of its way from its
 * own noise level to gammaMin; what is pinned stays.
 */
export async function endpointTexts(
  { space: open, schedule }: Inside,
  { tokens, batch, length }: TokenBatch,
  { gamma, alpha, noise, free, rowGamma }: Corruption,
  steps: number,
): Promise<Int32Array> {
  const space = await open()
  const rows: Condition[] = Array.from({ length: batch }, (_, b) => ({
    tokens: tokens.subarray(b * length, (b + 1) * length),
    given: free.subarray(b * length, (b + 1) * length).map((flag) => 1 - flag),
  }))
  const { clean } = await space.encode(rows)
  const start = clean.map((x, i) => alpha[i] * x + noise[i])
  const z = Float64Array.from(start)
  const levels = gamma.slice()
  const size = length * space.dim
  let selfCondition: Float32Array | null = null
  const pass = async () => {
    const estimate = await space.pass({ rows, z: Float32Array.from(z), gamma: levels, selfCondition })
    if (space.selfConditioned) selfCondition = estimate.mean
    return estimate
  }
  const levelOf = (b: number, step: number): number =>
    step === steps ? schedule.gammaMin : schedule.quantile(schedule.cdf(rowGamma[b]) * (1 - step / steps))
  for (let step = 0; step < steps; step++) {
    const { mean } = await pass()
    rowGamma.forEach((_, b) => {
      const gammaTo = levelOf(b, step + 1)
      gaussianStep({
        z: z.subarray(b * size, (b + 1) * size),
        mean: mean.subarray(b * size, (b + 1) * size),
        gammaFrom: step === 0 ? rowGamma[b] : levelOf(b, step),
        gammaTo,
        zeta: 0,
      })
      for (let i = b * length; i < (b + 1) * length; i++) if (free[i] === 1) levels[i] = gammaTo
    })
    free.forEach((flag, i) => {
      if (flag === 1) return
      for (let k = i * space.dim; k < (i + 1) * space.dim; k++) z[k] = start[k]
    })
  }
  const { best } = await (await pass()).read()
  return best.map((token, i) => (free[i] === 1 ? token : tokens[i]))
}
