/** @file Learns a language whose entropy is known, and must reach it: a learned number, not "the loss went down". */
import {
  adamW,
  dispose,
  flattenParams,
  mapParams,
  norm,
  type ParamTree,
  pack,
  read,
  type Tensor,
  valueAndGradients,
  zeros,
} from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, gapCanvas, type LanguageModel } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { type ContinuousOptions, continuousOptionsSchema } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, expect, it } from 'vitest'
import { createContinuousDiffusion } from './model.ts'
import { vocabularyOf } from './test-support.ts'

const textSize = 6
const length = 12
const follow = 0.9
const vocabulary = vocabularyOf(textSize)

/** A ring: the next token is the successor with probability 0.9 + 0.1/6, any other with 0.1/6; the first is uniform. */
function ringRow(seed: number): Int32Array {
  const u = createRng(seed).uniforms(2 * length)
  const row = new Int32Array(length)
  for (let i = 0; i < length; i++)
    row[i] = i > 0 && u[2 * i] < follow ? (row[i - 1] + 1) % textSize : Math.floor(u[2 * i + 1] * textSize)
  return row
}

function exactNats(row: Int32Array): number {
  let nats = Math.log(textSize)
  for (let i = 1; i < length; i++)
    nats -= Math.log((row[i] === (row[i - 1] + 1) % textSize ? follow : 0) + (1 - follow) / textSize)
  return nats
}

/** Adam with a short warm-up, a cosine and clipping at 1. */
async function train(model: LanguageModel, steps: number, peak: number): Promise<void> {
  let m: ParamTree = mapParams(model.params, (p) => zeros(p.shape as number[]))
  let v: ParamTree = mapParams(model.params, (p) => zeros(p.shape as number[]))
  const rows = 16
  for (let step = 1; step <= steps; step++) {
    const tokens = new Int32Array(rows * length)
    for (let r = 0; r < rows; r++) tokens.set(ringRow(1_000 + step * rows + r), r * length)
    const leaves = flattenParams(model.params).map(([, x]) => x)
    const context = { rng: createRng(9).fork(step), rowOffset: 0, totalRows: rows, step, totalSteps: steps }
    const { value, gradients } = valueAndGradients(
      () => model.loss({ tokens, batch: rows, length }, context),
      leaves,
    )
    const rate = peak * Math.min(1, step / 20) * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
    const hyper = {
      learningRate: rate,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      step,
      gradientScale: Math.min(1, 1 / (await norm(pack(gradients)))),
    }
    const [ms, vs] = [flattenParams(m), flattenParams(v)].map((tree) => tree.map(([, x]) => x))
    const next = leaves.map((p, i) => adamW(p, gradients[i], { m: ms[i], v: vs[i] }, hyper))
    const rebuild = (pick: (i: number) => Tensor): ParamTree => {
      let i = 0
      return mapParams(model.params, () => pick(i++))
    }
    const params = rebuild((i) => next[i].p)
    m = rebuild((i) => next[i].m)
    v = rebuild((i) => next[i].v)
    model.setParams(params)
    dispose([value, ...gradients, ...leaves, ...ms, ...vs])
    await model.afterLoss?.()
  }
}

/** Mean cosine between different rows of the embedding table: 1 when they have collapsed. */
async function meanCosine(model: LanguageModel): Promise<number> {
  const table = model.params.embedding as Tensor
  const values = await read(table)
  const [rows, d] = table.shape as [number, number]
  const row = (v: number): Float32Array => values.subarray(v * d, (v + 1) * d)
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((s, x, k) => s + x * b[k], 0)
  let total = 0
  for (let v = 0; v < rows; v++)
    for (let w = 0; w < rows; w++)
      if (v !== w) total += dot(row(v), row(w)) / Math.sqrt(dot(row(v), row(v)) * dot(row(w), row(w)))
  return total / (rows * (rows - 1))
}

function create(options: Partial<ContinuousOptions>): LanguageModel {
  return createContinuousDiffusion({
    backbone: resolveBackbone({ depth: 2, width: 32, heads: 2, context: length }),
    vocabulary,
    rng: createRng(1),
    options: { ...continuousOptionsSchema.parse({}), embeddingDim: 8, ...options },
  })
}

async function boundAndExact(
  model: LanguageModel,
): Promise<{ bound: number; exact: number; stderr: number; reconstruction: number }> {
  const rows = Array.from({ length: 64 }, (_, r) => ringRow(r))
  const bounds = await model.logLikelihood(rows, { draws: 48, batchSize: 128 })
  const n = rows.length * length
  return {
    bound: bounds.reduce((a, b) => a + b.nats, 0) / n,
    exact: rows.reduce((a, row) => a + exactNats(row), 0) / n,
    stderr: Math.hypot(...bounds.map((b) => b.stderr)) / n,
    reconstruction: bounds.reduce((a, b) => a + (b.parts?.reconstruction ?? Number.NaN), 0) / n,
  }
}

const followed = (tokens: Int32Array): number =>
  tokens.reduce((n, token, i) => n + (i > 0 && token === (tokens[i - 1] + 1) % textSize ? 1 : 0), 0)

beforeAll(async () => {
  // The plain kernels give the same bits on every machine, so a learned number does too.
  await startEngine('wasm', { blas: 'off' })
})

const sampler = { type: 'gaussian-ancestral', steps: 32, temperature: 1 } as const

it('cross-entropy: the bound comes near the entropy of the language, and text follows its rule', async () => {
  const model = create({})
  await train(model, 400, 5e-3)

  // Uniform tokens would score log 6 = 1.79 nats; the language itself 0.52. Never below it: it is a bound.
  const { bound, exact, stderr } = await boundAndExact(model)
  expect(bound).toBeLessThan(0.95)
  expect(bound).toBeGreaterThan(exact - 3 * stderr)

  // The embeddings stay apart: six unit vectors cannot do better than a simplex, −1/5.
  expect(await meanCosine(model)).toBeLessThan(0.1)

  const free = await model.generate({
    canvas: Array.from({ length: 64 }, () => freeCanvas(length, vocabulary)),
    sampler,
    seed: 2,
  })
  const rate = free.rows.reduce((n, { tokens }) => n + followed(tokens), 0) / (64 * (length - 1))
  expect(rate).toBeGreaterThan(0.55) // 0.17 by chance, 0.92 in the language

  // An infill joins both ends: 2 3 [4 …… 0] 1.
  const infill = await model.generate({
    canvas: Array.from({ length: 64 }, () =>
      gapCanvas(Int32Array.of(2, 3), length - 3, Int32Array.of(1), vocabulary),
    ),
    sampler,
    seed: 3,
  })
  const share = (at: number, token: number): number =>
    infill.rows.filter(({ tokens }) => tokens[at] === token).length / 64
  expect(share(2, 4)).toBeGreaterThan(0.5)
  expect(share(length - 2, 0)).toBeGreaterThan(0.5)
  model.dispose()
})

it('vlb: training on the bound lowers it to the same region', async () => {
  const model = create({ objective: 'vlb', schedule: 'cosine' })
  await train(model, 300, 5e-3)
  const { bound, exact, stderr, reconstruction } = await boundAndExact(model)
  expect(bound).toBeLessThan(1)
  expect(bound).toBeGreaterThan(exact - 3 * stderr)
  // The squared error pulls the embeddings together (mean cosine .1 to .7 over four seeds, where cross-entropy keeps them
  // below .1); what holds them apart is that tokens must still be told from each other at γ₀.
  expect(await meanCosine(model)).toBeLessThan(0.9)
  expect(reconstruction).toBeLessThan(0.1)
  model.dispose()
})
