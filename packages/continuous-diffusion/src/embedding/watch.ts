/** @file Whether the embeddings are still apart: trained on squared error alone they fall together, and nothing else says so. */
import { RuntimeFailure } from '@trivium/schema'

/**
 * Mean cosine between different rows at which they count as one: their distance √(2 − 2c) is then .2, and at γ = −4 noise
 * takes one for another in a third of all cases.
 */
const collapsedCosine = 0.98

/**
 * Mean cosine between different rows of a table [V·d].
 * @returns NaN when a value is not finite or a row is zero
 */
export function meanCosine(table: Float32Array, dim: number): number {
  const rows = table.length / dim
  const sum = new Float64Array(dim)
  for (let v = 0; v < rows; v++) {
    const row = table.subarray(v * dim, (v + 1) * dim)
    const norm = Math.sqrt(row.reduce((total, x) => total + x * x, 0))
    for (let k = 0; k < dim; k++) sum[k] += row[k] / norm
  }
  // ‖Σe‖² holds every pair twice, and V ones.
  return (sum.reduce((total, x) => total + x * x, 0) - rows) / (rows * (rows - 1))
}

/** @throws RuntimeFailure that names the step when the embeddings are not finite or have fallen together */
export function watchEmbeddings(table: Float32Array, dim: number, step: number): void {
  if (table.length <= dim) return
  const cosine = meanCosine(table, dim)
  if (!Number.isFinite(cosine))
    throw new RuntimeFailure(`the embeddings of step ${step} are not finite; lower training.learningRate`)
  if (cosine > collapsedCosine)
    throw new RuntimeFailure(
      `the embeddings of step ${step} have collapsed (mean cosine ${cosine.toFixed(3)}): all tokens look alike; take options.objective: cross-entropy, or lower training.learningRate`,
    )
}
