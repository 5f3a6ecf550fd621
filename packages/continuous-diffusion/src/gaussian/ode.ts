/**
 * @file Likelihood by the probability-flow ODE (Song et al. 2021, 2011.13456, eq. 39): an estimate, never a bound. In y = z/α
 * and s = σ/α the flow is dy/ds = ε̂ = (z − α·x̂)/σ, and −d log p/ds its divergence, (N·d − α·tr ∂x̂/∂z)/s.
 *
 * With an exact x̂ and infinitely many steps −log p(x) ≤ E_q[log q(z|x) − log p(z) − log p(x|z)] at γ₀. At
 * finitely many steps it may lie on either side of the truth: where N·d/s is summed by Euler's rule too, eight steps give text
 * less than its entropy under the exact x̂ (a test keeps that), so it is integrated here.
 */
import { createRng, type Rng } from '@trivium/random'
import { alphaOf, type NoiseSchedule, sigmaOf, stepGrid } from './process.ts'
import { nll } from './reading.ts'
import type { Condition, StateSpace } from './space.ts'

export type OdeOptions = {
  /** Euler steps from γ₀ to γ₁ between equal quantiles of the schedule, 64. */
  readonly steps?: number
  /** Random directions a step for the trace of ∂x̂/∂z (Hutchinson), 1; all N·d coordinates when 'exact'. */
  readonly probes?: number | 'exact'
  /** Noisy copies a row, 4. */
  readonly draws?: number
  readonly seed?: number
}

/** Not a `Likelihood`: what is no bound cannot be drawn among bounds. */
export type OdeEstimate = {
  readonly kind: 'estimate'
  /** −log p of the row, nats. */
  readonly nats: number
  /** Over the draws; NaN of one. What the steps are off by is not in it. */
  readonly stderr: number
  /** Network evaluations. */
  readonly forwards: number
}

/** x̂ [B·N·d] of noisy copies z of one row, all at γ. */
export type FlowEstimate = (z: Float64Array, gamma: number) => Promise<ArrayLike<number>>

/** The estimate for each row. Of a self-conditioned network the first pass is taken, which is a flow too. */
export async function stateEstimate(
  space: StateSpace,
  schedule: NoiseSchedule,
  rows: readonly Int32Array[],
  { steps = 64, probes = 1, draws = 4, seed = 0 }: OdeOptions = {},
): Promise<OdeEstimate[]> {
  const grid = stepGrid(schedule, steps).reverse()
  const out: OdeEstimate[] = []
  for (const [r, tokens] of rows.entries()) {
    const rng = createRng(seed).fork('ode', r)
    const row = { tokens, given: new Uint8Array(tokens.length) }
    const copies = new Array<Condition>(draws).fill(row)
    const { clean } = await space.encode(copies)
    let forwards = 0
    const pass = (z: Float64Array, gamma: number) => {
      forwards += 1
      const levels = new Float32Array(z.length / space.dim).fill(gamma)
      return space.pass({ rows: copies, z: Float32Array.from(z), gamma: levels, selfCondition: null })
    }
    const noise = rng.fork('noise').normals(clean.length)
    const [alpha, sigma] = [alphaOf(grid[0]), sigmaOf(grid[0])]
    const z = Float64Array.from(clean, (x, i) => alpha * x + sigma * noise[i])
    const { logits } = await (await pass(z, grid[0])).read()
    const flow = async (at: Float64Array, gamma: number) => (await pass(at, gamma)).mean
    const logP = await odeLogDensity(flow, z, draws, grid, { probes, rng: rng.fork('probes') })
    const size = clean.length / draws
    const nats = Array.from(logP, (density, b) => {
      const eps = noise.subarray(b * size, (b + 1) * size)
      const logQ = logNormal(eps) - size * Math.log(sigma)
      const reading = tokens.reduce(
        (sum, token, l) => sum + nll(logits, b * tokens.length + l, space.textSize, token),
        0,
      )
      return logQ - density + reading
    })
    const mean = nats.reduce((a, b) => a + b, 0) / draws
    const variance = nats.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1)
    out.push({ kind: 'estimate', nats: mean, stderr: Math.sqrt(variance / draws), forwards })
  }
  return out
}

/**
 * log p(z) at γ = grid[0] of each of `batch` states [B·D], by Euler's steps up the grid to noise, where p is taken for
 * N(0, I).
 */
export async function odeLogDensity(
  flow: FlowEstimate,
  z: Float64Array,
  batch: number,
  grid: ArrayLike<number>,
  { probes, rng }: { readonly probes: number | 'exact'; readonly rng: Rng },
): Promise<Float64Array> {
  const size = z.length / batch
  const at = z.slice()
  const divergence = new Float64Array(batch)
  for (let i = 0; i + 1 < grid.length; i++) {
    const [from, to] = [grid[i], grid[i + 1]]
    const [alpha, sigma] = [alphaOf(from), sigmaOf(from)]
    const span = sigmaOf(to) / alphaOf(to) - sigma / alpha
    const mean = await flow(at, from)
    const traces = await traceOf(flow, at, batch, from, { probes, rng: rng.fork('step', i) })
    traces.forEach((trace, b) => {
      // The part of the noise itself, N·d/s, has an integral.
      divergence[b] += size * Math.log1p((span * alpha) / sigma) - (span * alpha * alpha * trace) / sigma
    })
    const alphaTo = alphaOf(to)
    for (let k = 0; k < at.length; k++)
      at[k] = alphaTo * (at[k] / alpha + (span * (at[k] - alpha * mean[k])) / sigma)
  }
  const [first, last] = [alphaOf(grid[0]), alphaOf(grid[grid.length - 1])]
  // Densities of y are those of z times α a coordinate.
  return divergence.map(
    (total, b) => total + logNormal(at.subarray(b * size, (b + 1) * size)) + size * Math.log(last / first),
  )
}

/** tr ∂x̂/∂z of each state by central differences along random signs, or along every coordinate. */
async function traceOf(
  flow: FlowEstimate,
  z: Float64Array,
  batch: number,
  gamma: number,
  { probes, rng }: { readonly probes: number | 'exact'; readonly rng: Rng },
): Promise<Float64Array> {
  const size = z.length / batch
  // x̂ changes over a distance of σ at least; single precision wants no smaller step.
  const h = 0.01 * sigmaOf(gamma)
  const out = new Float64Array(batch)
  const count = probes === 'exact' ? size : probes
  for (let p = 0; p < count; p++) {
    const signs = rng.fork(p).uniforms(z.length)
    const direction = signs.map((u, k) => (probes === 'exact' ? (k % size === p ? 1 : 0) : u < 0.5 ? -1 : 1))
    const ahead = await flow(
      z.map((x, k) => x + h * direction[k]),
      gamma,
    )
    const behind = await flow(
      z.map((x, k) => x - h * direction[k]),
      gamma,
    )
    for (let k = 0; k < z.length; k++)
      out[Math.floor(k / size)] += (direction[k] * (ahead[k] - behind[k])) / (2 * h)
  }
  return probes === 'exact' ? out : out.map((sum) => sum / count)
}

/** log N(x; 0, I). */
function logNormal(x: Float64Array): number {
  return x.reduce((sum, value) => sum - (value * value + Math.log(2 * Math.PI)) / 2, 0)
}
