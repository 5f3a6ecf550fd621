/** @file Small pieces of finite probability: stochastic matrices, entropy, drawing, stationary distributions. */
import type { Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'

export type Matrix = readonly (readonly number[])[]

/** Row-major copy of a stochastic matrix. @throws InputError unless each row is a distribution over `columns` */
export function flatten(matrix: Matrix, rows: number, columns: number, name: string): Float64Array {
  if (matrix.length !== rows) throw new InputError(`${name} has ${matrix.length} rows, wanted ${rows}`)
  const out = new Float64Array(rows * columns)
  matrix.forEach((row, r) => {
    if (row.length !== columns)
      throw new InputError(`${name} row ${r} has ${row.length} entries, wanted ${columns}`)
    const bad = row.find((p) => !(p >= 0))
    if (bad !== undefined) throw new InputError(`${name} row ${r} holds ${bad}, which is no probability`)
    const total = row.reduce((a, b) => a + b, 0)
    if (!(Math.abs(total - 1) < 1e-9)) throw new InputError(`${name} row ${r} sums to ${total}, wanted 1`)
    out.set(row, r * columns)
  })
  return out
}

/** Rows softmax(sharpness × standard normals): 0 is uniform, 3 is nearly deterministic. All entries are positive. */
export function randomStochastic(rng: Rng, rows: number, columns: number, sharpness: number): number[][] {
  return Array.from({ length: rows }, (_, r) => {
    const weights = Array.from(rng.fork(r).normals(columns), (z) => Math.exp(sharpness * z))
    const total = weights.reduce((a, b) => a + b, 0)
    return weights.map((w) => w / total)
  })
}

/** −Σ p ln p in nats of `n` entries from `offset`. */
export function entropy(p: ArrayLike<number>, offset = 0, n: number = p.length): number {
  let h = 0
  for (let i = offset; i < offset + n; i++) if (p[i] > 0) h -= p[i] * Math.log(p[i])
  return h
}

/** The index that u in (0, 1) falls on, by the inverse distribution function; never one of probability zero. */
export function drawIndex(p: ArrayLike<number>, offset: number, n: number, u: number): number {
  let rest = u
  let last = 0
  for (let i = 0; i < n; i++) {
    if (p[offset + i] === 0) continue
    last = i
    rest -= p[offset + i]
    if (rest < 0) return i
  }
  // Rounding may leave a sliver of u past the last entry.
  return last
}

/**
 * π with πA = π, by the elimination of Grassmann, Taksar and Heyman (1985), which subtracts nothing and so loses no digits.
 * @throws InputError when the chain falls into parts, so that π is not unique
 */
export function stationary(transition: Float64Array, n: number): Float64Array {
  const a = transition.slice()
  for (let k = n - 1; k > 0; k--) {
    let leave = 0
    for (let j = 0; j < k; j++) leave += a[k * n + j]
    if (!(leave > 0))
      throw new InputError(
        'the transition matrix falls into parts and has no unique stationary state; pass `initial`',
      )
    for (let i = 0; i < k; i++) a[i * n + k] /= leave
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) a[i * n + j] += a[i * n + k] * a[k * n + j]
  }
  const pi = new Float64Array(n)
  pi[0] = 1
  for (let k = 1; k < n; k++) for (let i = 0; i < k; i++) pi[k] += pi[i] * a[i * n + k]
  const total = pi.reduce((x, y) => x + y, 0)
  return pi.map((p) => p / total)
}

/** @throws InputError when a token is outside 0 … vocabSize-1 (`unknown` allows -1) */
export function checkTokens(x: Int32Array, vocabSize: number, unknown = false): void {
  const at = x.findIndex((token) => token >= vocabSize || token < (unknown ? -1 : 0))
  if (at >= 0)
    throw new InputError(`token ${x[at]} at position ${at} is outside the language's 0 … ${vocabSize - 1}`)
}
