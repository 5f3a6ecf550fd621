import {
  activeEngine,
  countParams,
  flattenParams,
  mapParams,
  memory,
  read,
  readScalar,
  type Tensor,
  tensor,
  valueAndGradients,
} from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, gapCanvas, type LanguageModel, plainVocabulary } from '@trivium/language-model'
import { iidLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { type ContinuousOptions, continuousOptionsSchema } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, describe, expect, it } from 'vitest'
import { logLikelihoods } from '../gaussian/columns.ts'
import { nll } from '../gaussian/reading.ts'
import { uniformSchedule } from '../gaussian/schedules.ts'
import { createContinuousDiffusion } from '../model.ts'
import { diffusionLoss } from './loss.ts'
import { type ContinuousParams, placePosterior } from './network.ts'
import { odeEstimate } from './oracle.ts'
import { iidPosterior } from './test-support.ts'

const backbone = resolveBackbone({ depth: 1, width: 32, heads: 2, context: 16 })
const vocabulary = plainVocabulary(6)
const create = (options: Partial<ContinuousOptions> = {}): LanguageModel =>
  createContinuousDiffusion({
    backbone,
    vocabulary,
    rng: createRng(4),
    options: { ...continuousOptionsSchema.parse({}), embeddingDim: 8, ...options },
  })
const uniform = iidLanguage(new Array<number>(6).fill(1 / 6))
const batch = { tokens: uniform.sample(createRng(5), 64), batch: 4, length: 16 }
const context = (step: number, rowOffset = 0, totalRows = 4) => ({
  rng: createRng(1).fork('loss', step),
  rowOffset,
  totalRows,
  step,
  totalSteps: 100,
})
const gradientsOf = (model: LanguageModel, step: number) =>
  valueAndGradients(
    () => model.loss(batch, context(step)),
    flattenParams(model.params).map(([, x]) => x),
  )

/** The model with every zero-initialised weight nudged, so that no path is dead. */
function nudged(model: LanguageModel): LanguageModel {
  const params = Object.fromEntries(flattenParams(model.params))
  for (const path of ['selfCondition', 'head.weight']) {
    const x = params[path]
    const values = Float32Array.from(createRng(8).fork(path).normals(x.size), (v) => 0.2 * v)
    replace(model, path, tensor(values, x.shape as number[]))
  }
  return model
}

function replace(model: LanguageModel, path: string, value: Tensor): void {
  const visit = (node: object, at: string): object =>
    'dataId' in node
      ? at === path
        ? value
        : node
      : Array.isArray(node)
        ? node.map((child, i) => visit(child, `${at}.${i}`))
        : Object.fromEntries(
            Object.entries(node).map(([k, child]) => [k, visit(child, at === '' ? k : `${at}.${k}`)]),
          )
  model.setParams(visit(model.params, '') as LanguageModel['params'])
}

/** The gradient of one weight against central differences of `loss`, along the gradient: there the slope is its norm. */
async function expectSlope(
  model: LanguageModel,
  gradients: Tensor[],
  path: string,
  loss: () => Tensor,
): Promise<void> {
  const index = flattenParams(model.params).findIndex(([p]) => p === path)
  const x = flattenParams(model.params)[index][1]
  const values = Float32Array.from(await read(x))
  const gradient = Float32Array.from(await read(gradients[index]))
  const norm = Math.hypot(...gradient)
  const h = 3e-3
  const at = async (sign: number): Promise<number> => {
    replace(
      model,
      path,
      tensor(
        values.map((v, i) => v + (sign * h * gradient[i]) / norm),
        x.shape as number[],
      ),
    )
    return readScalar(loss())
  }
  const slope = ((await at(1)) - (await at(-1))) / (2 * h)
  replace(model, path, x)
  expect(Math.abs(slope / norm - 1), `${path}: ${slope} against ${norm}`).toBeLessThan(0.02)
}

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
  expect(activeEngine().name).toBe('wasm')
})

describe('an untrained model', () => {
  it.each([false, true])(
    'decodes uniform text with the output prior alone: the bound is log V (placePosterior: %s)',
    async (placePosterior) => {
      const rows = Array.from({ length: 32 }, (_, r) => uniform.sample(createRng(100 + r), 16))
      const bounds = await create({ placePosterior }).logLikelihood(rows, { draws: 160, batchSize: 128 })
      const nats = bounds.reduce((a, b) => a + b.nats, 0) / (32 * 16)
      const stderr = Math.hypot(...bounds.map((b) => b.stderr)) / (32 * 16)
      expect(Math.abs(nats - Math.log(6))).toBeLessThan(3 * stderr)
      expect(stderr).toBeLessThan(0.015 * Math.log(6))
    },
  )

  it('has an estimate by the probability-flow ODE too, near log V; other models have none', async () => {
    const model = create()
    const [found] = await odeEstimate(model, [uniform.sample(createRng(100), 16)], { steps: 48, draws: 8 })
    expect(found).toMatchObject({ kind: 'estimate', forwards: 1 + 48 * 3 })
    expect(Math.abs(found.nats / 16 - Math.log(6))).toBeLessThan(0.15 + 3 * (found.stderr / 16))
    await expect(odeEstimate({ ...model }, [])).rejects.toThrow(/odeEstimate wants a continuous model of/)
    await expect(odeEstimate(model, [new Int32Array(99)])).rejects.toThrow(
      /99 tokens; the model scores 1 to 16/,
    )
  })

  it('starts at log V, before the output prior ramps in', async () => {
    const { value } = gradientsOf(create({ pinnedProbability: 0 }), 0)
    expect(await readScalar(value)).toBeCloseTo(Math.log(6), 5)
  })
})

describe('loss', () => {
  it.each(['cross-entropy', 'vlb'] as const)('%s: gradients match central differences', async (objective) => {
    const model = nudged(create({ objective, selfConditioning: 0, pinnedProbability: 0.5 }))
    const { gradients } = gradientsOf(model, 50)
    for (const path of ['embedding', 'input', 'time.hidden', 'head.bias', 'backbone.blocks.0.query'])
      await expectSlope(model, gradients, path, () => model.loss(batch, context(50)))
  })

  // Step 2 of 100 is inside the ramp: what the trunk reads is whole there, what the head is given is not.
  it.each([2, 50])('through the posterior of each place: gradients match at step %i', async (step) => {
    const model = nudged(create({ placePosterior: true, selfConditioning: 0, pinnedProbability: 0.5 }))
    const { gradients } = gradientsOf(model, step)
    for (const path of ['embedding', 'input', 'place.bias', 'place.table'])
      await expectSlope(model, gradients, path, () => model.loss(batch, context(step)))
  })

  it.each(['cross-entropy', 'vlb'] as const)(
    '%s: 4 micro-batches of 2 rows have the loss and the gradients of 8 rows',
    async (objective) => {
      const model = nudged(create({ objective, pinnedProbability: 0.7, selfConditioning: 0 }))
      const tokens = uniform.sample(createRng(6), 128)
      const leaves = flattenParams(model.params).map(([, x]) => x)
      const of = (from: number, rows: number) =>
        valueAndGradients(
          () =>
            model.loss(
              { tokens: tokens.subarray(from * 16, (from + rows) * 16), batch: rows, length: 16 },
              context(50, from, 8),
            ),
          leaves,
        )
      const whole = of(0, 8)
      const parts = [0, 2, 4, 6].map((from) => of(from, 2))
      const losses = await Promise.all(parts.map(({ value }) => readScalar(value)))
      const loss = await readScalar(whole.value)
      expect(losses.reduce((a, b) => a + b, 0) / 4 / loss).toBeCloseTo(1, 5)
      const index = flattenParams(model.params).findIndex(([path]) => path === 'head.weight')
      const gradients = await Promise.all(parts.map(({ gradients: g }) => read(g[index])))
      const wanted = await read(whole.gradients[index])
      const norm = Math.hypot(...wanted)
      wanted.forEach((g, i) => {
        const mean = gradients.reduce((a, part) => a + part[i], 0) / 4
        expect(Math.abs(mean - g)).toBeLessThan(1e-5 * norm)
      })
    },
  )

  it('of a batch with given tokens is the mean over rows of the mean over their free tokens', async () => {
    const model = nudged(create({ selfConditioning: 0 }))
    const given = new Uint8Array(64)
    given.fill(1, 0, 15)
    given.fill(1, 20, 30)
    const together = await readScalar(model.loss({ ...batch, given }, context(50)))
    // A row alone keeps its noise, which is keyed by the row of the step, and divides by its own free tokens.
    const alone = [0, 1, 2, 3].map((b) => {
      const part = (x: Int32Array | Uint8Array) => x.subarray(16 * b, 16 * b + 16)
      const row = {
        tokens: part(batch.tokens) as Int32Array,
        given: part(given) as Uint8Array,
        batch: 1,
        length: 16,
      }
      return readScalar(model.loss(row, context(50, b, 4)))
    })
    expect(together).toBeCloseTo((await Promise.all(alone)).reduce((a, b) => a + b, 0) / 4, 4)
  })

  it('teaches the warp from the free tokens of conditional rows', async () => {
    const model = create({ pinnedProbability: 1 })
    const before = JSON.stringify(model.processState())
    const given = new Uint8Array(64)
    for (let b = 0; b < 4; b++) given.fill(1, 16 * b, 16 * b + 12)
    model.loss({ ...batch, given }, context(40))
    await model.afterLoss?.()
    const learned = JSON.stringify(model.processState())
    expect(learned).not.toBe(before)
    expect(learned).not.toMatch(/null/)
  })

  it('self-conditioning feeds the first estimate in', async () => {
    const model = nudged(create({ selfConditioning: 1 }))
    const paths = flattenParams(model.params).map(([path]) => path)
    const { value, gradients } = gradientsOf(model, 50)
    const plain = gradientsOf(nudged(create({ selfConditioning: 0 })), 50)
    expect(await readScalar(value)).not.toBeCloseTo(await readScalar(plain.value), 4)
    const selfGradient = await read(gradients[paths.indexOf('selfCondition')])
    expect(Math.hypot(...selfGradient)).toBeGreaterThan(0)
    expect(Math.hypot(...(await read(plain.gradients[paths.indexOf('selfCondition')])))).toBe(0)
  })

  it('its gradient is the slope with the first pass held fixed', async () => {
    const options = { ...continuousOptionsSchema.parse({}), embeddingDim: 8, selfConditioning: 1 }
    const model = nudged(create(options))
    const schedule = uniformSchedule(options.gammaMin, options.gammaMax)
    const constants = mapParams(model.params as ContinuousParams, (p) => p.clone())
    const loss = (): Tensor =>
      diffusionLoss(
        { params: model.params as ContinuousParams, constants, backbone, options, schedule },
        batch,
        context(50),
      ).loss
    const { gradients } = valueAndGradients(
      loss,
      flattenParams(model.params).map(([, x]) => x),
    )
    for (const path of ['embedding', 'input', 'time.output', 'head.weight'])
      await expectSlope(model, gradients, path, loss)
  })

  it('is off for self-conditioning during warm-up', async () => {
    const early = gradientsOf(nudged(create({ selfConditioning: 1 })), 5)
    const without = gradientsOf(nudged(create({ selfConditioning: 0 })), 5)
    expect(await readScalar(early.value)).toBe(await readScalar(without.value))
  })

  it('leaks no tensors and teaches the warp from unpinned rows', async () => {
    const model = create({ selfConditioning: 1, pinnedProbability: 0 })
    const before = JSON.stringify(model.processState())
    const step = async (i: number): Promise<void> => {
      const { value, gradients } = gradientsOf(model, i)
      for (const x of [value, ...gradients]) x.dispose()
      await model.afterLoss?.()
    }
    await step(40)
    const { numTensors } = memory()
    await step(41)
    await step(42)
    expect(memory().numTensors).toBe(numTensors)
    expect(JSON.stringify(model.processState())).not.toBe(before)
    const copy = create()
    copy.loadProcessState(JSON.parse(JSON.stringify(model.processState())))
    expect(copy.processState()).toEqual(model.processState())
    const pinned = create({ pinnedProbability: 1 })
    gradientsOf(pinned, 40)
    await pinned.afterLoss?.()
    expect(JSON.stringify(pinned.processState())).toBe(before)
  })
})

describe('the posterior of each place', () => {
  const rows = [uniform.sample(createRng(31), 16)]
  const bits = async (model: LanguageModel): Promise<number> =>
    (await model.logLikelihood(rows, { draws: 16 }))[0].nats

  it('is an input of its own: with a table of zeros the model is the one without it, to the bit', async () => {
    const without = nudged(create())
    const model = nudged(create({ placePosterior: true }))
    const shared = flattenParams(model.params).filter(([path]) => !path.startsWith('place.'))
    expect(shared.map(([path]) => path)).toEqual(flattenParams(without.params).map(([path]) => path))
    for (const [i, [, x]] of flattenParams(without.params).entries())
      expect(await read(shared[i][1])).toEqual(await read(x))
    expect(await bits(model)).not.toBe(await bits(without))
    replace(model, 'place.table', tensor(new Float32Array(6 * 32), [6, 32]))
    expect(await bits(model)).toBe(await bits(without))
  })

  it('is exact for i.i.d. text at every noise level', async () => {
    const probabilities = [0.4, 0.3, 0.2, 0.1]
    const oracle = iidPosterior(probabilities, 8)
    const gamma = Float32Array.of(-4, -2, -1, 0, 1.5, 6)
    const z = Float32Array.from(createRng(41).normals(6 * 8))
    const logits = await oracle.logits({ batch: 1, length: 6, z, gamma, selfCondition: null })
    const bias = tensor(Float32Array.from(probabilities, Math.log), [4])
    const posterior = await read(
      placePosterior(bias, logLikelihoods(tensor(oracle.embeddings, [4, 8]), tensor(z, [6, 8]), gamma)),
    )
    for (let l = 0; l < 6; l++)
      for (let v = 0; v < 4; v++) expect(posterior[4 * l + v]).toBeCloseTo(Math.exp(-nll(logits, l, 4, v)), 5)
  })
})

describe('generate', () => {
  it('row i of a batch equals the row alone, frozen text stays, nothing leaks', async () => {
    const model = nudged(create())
    const first = gapCanvas(Int32Array.of(1, 2, 3), 8, Int32Array.of(5), vocabulary)
    const other = freeCanvas(12, vocabulary)
    const request = { sampler: { type: 'ddim', steps: 6, temperature: 1 }, seed: 3 } as const
    await model.generate({ ...request, canvas: [first] })
    const { numTensors } = memory()
    const together = await model.generate({ ...request, canvas: [first, other, other] })
    const alone = await model.generate({ ...request, canvas: [first] })
    expect(memory().numTensors).toBe(numTensors)
    expect(together.rows[0]).toEqual(alone.rows[0])
    expect(together.rows[1].tokens).not.toEqual(together.rows[2].tokens)
    expect([...alone.rows[0].tokens.subarray(0, 3), alone.rows[0].tokens[11]]).toEqual([1, 2, 3, 5])
    for (const { tokens } of together.rows) expect(Math.max(...tokens)).toBeLessThan(6)
    expect(together.cost.forwards).toBe(7)
  })

  it('refuses what does not fit', async () => {
    const model = create()
    const sampler = { type: 'ddim', steps: 2, temperature: 1 } as const
    await expect(model.generate({ canvas: [freeCanvas(17, vocabulary)], sampler, seed: 1 })).rejects.toThrow(
      /length 17 exceeds the model's context 16/,
    )
    await expect(model.logLikelihood([Int32Array.of(1, 6)])).rejects.toThrow(/row 0 position 1 holds token 6/)
    await expect(model.logLikelihood([new Int32Array(17)])).rejects.toThrow(/row 0 has 17 tokens/)
  })

  it('frees all of its tensors', () => {
    const { numTensors } = memory()
    const model = create()
    const { value, gradients } = gradientsOf(model, 1)
    for (const x of [value, ...gradients]) x.dispose()
    model.dispose()
    expect(memory().numTensors).toBe(numTensors)
  })
})

it.each([
  ['tiny', {}],
  ['small', {}],
  ['small', { placePosterior: true }],
] as const)(
  'has as many weights as an autoregressive model of the same backbone, within 2 percent (%s, %j)',
  (preset, options) => {
    const config = resolveBackbone({ preset })
    const model = createContinuousDiffusion({
      backbone: config,
      vocabulary: plainVocabulary(27),
      rng: createRng(1),
      options: continuousOptionsSchema.parse(options),
    })
    const total = countParams(model.params)
    const shared = countParams({ backbone: model.params.backbone }) + config.width * (32 + 27) + 27
    expect(Math.abs(total / shared - 1)).toBeLessThan(0.02)
    model.dispose()
  },
)
