/**
 * @file Drawing one token from logits, in doubles by inverse CDF. Gumbel-max in float32 truncates the noise and quietly lowers
 * the temperature (2409.02908); a χ² test at a large vocabulary guards this.
 */

/** A drawn token and its untempered probability softmax(logits)[token]. */
export type Drawn = { readonly token: number; readonly confidence: number }

/**
 * Draws from softmax(logits[offset … offset+size) / temperature) with one uniform in (0, 1). Never a token of
 * probability 0.
 */
export function drawToken(
  logits: Float32Array,
  offset: number,
  size: number,
  temperature: number,
  uniform: number,
): Drawn {
  let max = Number.NEGATIVE_INFINITY
  for (let v = 0; v < size; v++) if (logits[offset + v] > max) max = logits[offset + v]
  const mass = new Float64Array(size)
  let tempered = 0
  for (let v = 0; v < size; v++) {
    mass[v] = Math.exp((logits[offset + v] - max) / temperature)
    tempered += mass[v]
  }
  let untempered = tempered
  if (temperature !== 1) {
    untempered = 0
    for (let v = 0; v < size; v++) untempered += Math.exp(logits[offset + v] - max)
  }
  const target = uniform * tempered
  let cumulative = 0
  let token = 0
  for (let v = 0; v < size; v++) {
    if (mass[v] === 0) continue
    cumulative += mass[v]
    token = v
    if (target < cumulative) break
  }
  return { token, confidence: Math.exp(logits[offset + token] - max) / untempered }
}
