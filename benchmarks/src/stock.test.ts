/**
 * @file The stock backend must compute what our kernels compute, losses and gradients of all paradigms alike; else the 'before'
 * of the benchmark is another function. Stock goes first: our kernels stay registered once they were.
 */
import { activeEngine, add, flattenParams, mapParams, read, valueAndGradients } from '@trivium/engine'
import { type EngineOptions, startEngine } from '@trivium/engine/node'
import type { LanguageModel } from '@trivium/language-model'
import { createModel } from '@trivium/models'
import { createRng } from '@trivium/random'
import { modelEntrySchema, type Paradigm, paradigms } from '@trivium/schema'
import { normalTensor, resolveBackbone } from '@trivium/transformer'
import { expect, it } from 'vitest'

const backbone = resolveBackbone({ depth: 2, width: 16, heads: 2, mlpWidth: 24, context: 8 })
const vocabulary = { size: 9, textSize: 5, mask: 5, bos: 6, eos: 7, pad: 8 }
/** Self-conditioning on every step, so that its weights get gradients. */
function make(paradigm: Paradigm): LanguageModel {
  const options = paradigm === 'continuous-diffusion' ? { selfConditioning: 1 } : {}
  const entry = modelEntrySchema.parse({ name: 'model', paradigm, options })
  return createModel({ entry, backbone, vocabulary, seed: 1 })
}

/** Loss, then all gradients, of each paradigm on the engine. The heads start at zero, so weights are shifted a little. */
async function lossesAndGradients(options: EngineOptions): Promise<Record<string, number[]>> {
  await startEngine('wasm', options)
  const out: Record<string, number[]> = {}
  for (const name of paradigms) {
    const model = make(name)
    model.setParams(
      mapParams(model.params, (p, path) => add(p, normalTensor(createRng(2).fork(path), p.shape, 0.1))),
    )
    const context = { rng: createRng(3), rowOffset: 0, totalRows: 2, step: 9, totalSteps: 10 }
    const tokens = Int32Array.from({ length: 16 }, (_, i) => (i * i) % 5)
    const { value, gradients } = valueAndGradients(
      () => model.loss({ tokens, batch: 2, length: 8 }, context),
      flattenParams(model.params).map(([, x]) => x),
    )
    out[name] = []
    for (const x of [value, ...gradients]) out[name].push(...(await read(x)))
  }
  return out
}

it('agrees with our kernels, and says which engine it is', async () => {
  const stock = await lossesAndGradients({ kernels: 'off' })
  expect(activeEngine()).toMatchObject({ label: 'wasm-stock', kernels: null })
  const ours = await lossesAndGradients({ blas: 'off' })
  expect(activeEngine().kernels).not.toBeNull()
  for (const name of paradigms) {
    expect(stock[name].length).toBe(ours[name].length)
    const difference = Math.max(...stock[name].map((x, i) => Math.abs(x - ours[name][i])))
    expect(difference, name).toBeLessThan(1e-5)
    expect(Math.max(...ours[name].map(Math.abs)), name).toBeGreaterThan(0.01)
  }
  await expect(startEngine('wasm', { kernels: 'off' })).rejects.toThrow(/a process that has not started/)
})
