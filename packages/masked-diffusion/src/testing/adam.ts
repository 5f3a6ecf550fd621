/** @file The shortest Adam that trains a tiny model in a test; the real optimiser lives above this package. */
import { dispose, flattenParams, mapParams, read, tensor, tidy, valueAndGradients } from '@trivium/engine'
import type { LanguageModel, TokenBatch } from '@trivium/language-model'
import type { Rng } from '@trivium/random'

export type AdamRun = {
  readonly steps: number
  readonly rate: number
  readonly rng: Rng
  batch(step: number): TokenBatch
}

/** Trains in place with β = (0.9, 0.99) and a linear decay to 0. */
export async function trainWithAdam(
  model: LanguageModel,
  { steps, rate, rng, batch }: AdamRun,
): Promise<void> {
  const moments = flattenParams(model.params).map(([, x]) => ({
    m: new Float64Array(x.size),
    v: new Float64Array(x.size),
  }))
  for (let step = 1; step <= steps; step++) {
    const leaves = flattenParams(model.params)
    const tokens = batch(step)
    const context = {
      rng: rng.fork('step', step),
      rowOffset: 0,
      totalRows: tokens.batch,
      step,
      totalSteps: steps,
    }
    const { value, gradients } = tidy(() =>
      valueAndGradients(
        () => model.loss(tokens, context),
        leaves.map(([, x]) => x),
      ),
    )
    const next = new Map<string, Float32Array>()
    for (let k = 0; k < leaves.length; k++) {
      const [path, x] = leaves[k]
      const g = await read(gradients[k])
      const { m, v } = moments[k]
      const lr = rate * (1 - (step - 1) / steps)
      next.set(
        path,
        (await read(x)).map((w, i) => {
          m[i] = 0.9 * m[i] + 0.1 * g[i]
          v[i] = 0.99 * v[i] + 0.01 * g[i] ** 2
          return w - (lr * m[i]) / (1 - 0.9 ** step) / (Math.sqrt(v[i] / (1 - 0.99 ** step)) + 1e-8)
        }),
      )
    }
    const old = model.params
    model.setParams(mapParams(old, (leaf, path) => tensor(next.get(path) ?? [], leaf.shape)))
    dispose([value, ...gradients])
    for (const [, x] of flattenParams(old)) dispose(x)
  }
}
