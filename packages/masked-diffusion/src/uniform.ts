/**
 * @file The uniform-state process: a token is clean, or any of the V text tokens (Duo 2506.10892 §2). What a position holds
 * may be wrong, so a sampler can revise it.
 *
 * A network of this process says p(x₀ᵢ | x_t at the OTHER positions). With it the posterior below is the true reverse
 * process and the bound is tight; p(x₀ᵢ | all of x_t), which sees its own position too, is not what they want. The two
 * differ by what the position itself shows: p(x₀ᵢ = v | all) ∝ p(x₀ᵢ = v | others)·(1[v = x_tᵢ] + κ).
 */
import type { MaskedOptions } from '@trivium/schema'
import type { NoiseProcess } from './process.ts'
import { schedules } from './schedules.ts'

export type UniformProcess = NoiseProcess & {
  readonly type: 'uniform'
  /** κ(t) = (1−α)/(Vα): how much likelier a clean token shows itself than it shows another is (1 + κ)/κ. */
  noise(t: number, textSize: number): number
  /** −α′/(Vα), the weight of the score entropy in the NELBO. */
  weight(t: number, textSize: number): number
  /** log((1−α)/α) within ±8: what the network is told of the time. */
  logNoise(t: number): number
  /**
   * q(x_s | x_t, x₀ ~ p) over the text tokens, s < t, from p(x₀ | the other positions) [V] and the token that stands there:
   * ∝ α_tV p⊙x_t + (α_t/α_s−α_t) x_t + (α_s−α_t) p + (1−α_t/α_s)(1−α_s)/V (Duo, eq. 4).
   */
  posterior(p: ArrayLike<number>, token: number, s: number, t: number): Float64Array
}

const mostLogNoise = 8

export function createUniformProcess(schedule: MaskedOptions['schedule']): UniformProcess {
  const { alpha, dAlpha } = schedules[schedule]
  return {
    type: 'uniform',
    alpha,
    dAlpha,
    noise: (t, textSize) => (1 - alpha(t)) / (textSize * alpha(t)),
    weight: (t, textSize) => -dAlpha(t) / (textSize * alpha(t)),
    logNoise: (t) => Math.max(-mostLogNoise, Math.min(mostLogNoise, Math.log((1 - alpha(t)) / alpha(t)))),
    corrupt(tokens, t, uniforms, { textSize }) {
      const keep = alpha(t)
      // What is left of the uniform, stretched over the tokens, chooses among them.
      const other = (u: number): number =>
        Math.min(textSize - 1, Math.floor(((u - keep) / (1 - keep)) * textSize))
      return tokens.map((token, i) => (uniforms[i] < keep ? token : other(uniforms[i])))
    },
    posterior(p, token, s, t) {
      const [atS, atT] = [alpha(s), alpha(t)]
      const stay = atT / atS
      const out = Float64Array.from(p, (x) => (atS - atT) * x + ((1 - stay) * (1 - atS)) / p.length)
      out[token] += atT * p.length * p[token] + stay - atT
      const total = out.reduce((sum, x) => sum + x, 0)
      return out.map((x) => x / total)
    },
    priorNats(textSize) {
      const other = (1 - alpha(1)) / textSize
      const same = alpha(1) + other
      const term = (q: number): number => (q === 0 ? 0 : q * Math.log(q * textSize))
      return term(same) + (textSize - 1) * term(other)
    },
  }
}
