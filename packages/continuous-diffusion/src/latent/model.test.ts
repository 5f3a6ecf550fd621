import {
  flattenParams,
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
import { continuousOptionsSchema, samplerSchema } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, describe, expect, it } from 'vitest'
import { priorKl } from '../gaussian/process.ts'
import { createContinuousDiffusion } from '../model.ts'
import { drawPinned, scoredTokens } from './corruption.ts'

const backbone = resolveBackbone({ depth: 1, width: 32, heads: 2, context: 16 })
const vocabulary = plainVocabulary(6)
const create = (options: object = {}, latent: object = {}): LanguageModel =>
  createContinuousDiffusion({
    backbone,
    vocabulary,
    rng: createRng(4),
    options: continuousOptionsSchema.parse({
      latent: { rate: 4, dim: 8, hidden: 16, ...latent },
      ...options,
    }),
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
const leavesOf = (model: LanguageModel): Tensor[] => flattenParams(model.params).map(([, x]) => x)
const indexOf = (model: LanguageModel, path: string): number =>
  flattenParams(model.params).findIndex(([p]) => p === path)

/** The same tree with one leaf replaced. */
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

/** Zero-initialised weights moved, so that no path is dead. */
function nudged(model: LanguageModel): LanguageModel {
  for (const path of ['head.weight', 'autoencoder.decoder.output']) {
    const x = leavesOf(model)[indexOf(model, path)]
    const values = Float32Array.from(createRng(8).fork(path).normals(x.size), (v) => 0.2 * v)
    replace(model, path, tensor(values, x.shape as number[]))
  }
  return model
}

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe('an untrained network', () => {
  it('reads latents as far as noise allows: of uniform text its bound is log V a token', async () => {
    const rows = Array.from({ length: 24 }, (_, r) => uniform.sample(createRng(100 + r), 16))
    const model = create({}, { rate: 2, dim: 16 })
    const bounds = await model.logLikelihood(rows, { draws: 160, batchSize: 128 })
    const of = (part: string): number =>
      bounds.reduce((sum, { parts }) => sum + (parts?.[part] ?? Number.NaN), 0) / rows.length
    const nats = bounds.reduce((sum, bound) => sum + bound.nats, 0) / rows.length
    expect(Math.abs(nats / (16 * Math.log(6)) - 1)).toBeLessThan(0.02)
    expect(of('reconstruction')).toBeLessThan(0.02 * 16)
    // γ ends at 6 + ln(d/r); N = 8 latents.
    expect(of('prior')).toBeCloseTo(8 * priorKl(6 + Math.log(8), 16, 16), 9)
    expect(bounds[0]).toMatchObject({ kind: 'upper-bound', bound: 'gaussian-vlb', forwards: 320 })
  })
})

describe('loss', () => {
  const phases = [
    [
      'the autoencoder',
      5,
      ['autoencoder.code', 'autoencoder.decoder.hidden', 'autoencoder.decoder.outputBias'],
    ],
    [
      'the process',
      50,
      ['input', 'condition', 'estimate', 'time.hidden', 'head.weight', 'backbone.blocks.0.query'],
    ],
  ] as const
  for (const [phase, step, paths] of phases)
    it.each(['cross-entropy', 'vlb'] as const)(
      `of ${phase} under %s: gradients match central differences`,
      async (objective) => {
        const model = nudged(create({ objective, pinnedProbability: 0.5, selfConditioning: 0 }))
        const { gradients } = valueAndGradients(() => model.loss(batch, context(step)), leavesOf(model))
        for (const path of paths) {
          const x = leavesOf(model)[indexOf(model, path)]
          const values = Float32Array.from(await read(x))
          const gradient = Float32Array.from(await read(gradients[indexOf(model, path)]))
          const norm = Math.hypot(...gradient)
          const at = async (h: number): Promise<number> => {
            const moved = values.map((v, i) => v + (h * gradient[i]) / norm)
            replace(model, path, tensor(moved, x.shape as number[]))
            return readScalar(model.loss(batch, context(step)))
          }
          const slope = ((await at(1e-3)) - (await at(-1e-3))) / 2e-3
          replace(model, path, x)
          expect(Math.abs(slope / norm - 1), `${path}: ${slope} against ${norm}`).toBeLessThan(0.02)
        }
      },
    )

  it('of the process does not reach the autoencoder, and self-conditioning feeds the first estimate in', async () => {
    const model = nudged(create({ selfConditioning: 1 }))
    const { gradients } = valueAndGradients(() => model.loss(batch, context(50)), leavesOf(model))
    const normOf = async (path: string): Promise<number> =>
      Math.hypot(...(await read(gradients[indexOf(model, path)])))
    for (const [path] of flattenParams(model.params))
      if (path.startsWith('autoencoder.')) expect(await normOf(path), path).toBe(0)
    expect(await normOf('estimate')).toBeGreaterThan(0)
    const first = nudged(create({ selfConditioning: 0 }))
    expect(await readScalar(model.loss(batch, context(50)))).not.toBe(
      await readScalar(first.loss(batch, context(50))),
    )
  })

  it.each([5, 50])('step %i: 2 micro-batches of 2 rows have the loss of 4', async (step) => {
    const model = nudged(create({ pinnedProbability: 0.7, selfConditioning: 0 }))
    const part = (from: number, rows: number): Promise<number> =>
      readScalar(
        model.loss(
          { tokens: batch.tokens.subarray(16 * from, 16 * (from + rows)), batch: rows, length: 16 },
          context(step, from, 4),
        ),
      )
    expect(((await part(0, 2)) + (await part(2, 2))) / 2 / (await part(0, 4))).toBeCloseTo(1, 5)
  })

  it('leaves given latents clean, and no given token weighs', async () => {
    const model = nudged(create({ selfConditioning: 0 }))
    const given = new Uint8Array(64)
    for (let b = 0; b < 4; b++) given.fill(1, 16 * b, 16 * b + 12)
    const loss = await readScalar(model.loss({ ...batch, given }, context(50)))
    // Other noise on what is given changes nothing: it stands clean. Another given token does.
    const other = { ...batch, given, tokens: batch.tokens.map((t, i) => (i % 16 === 0 ? (t + 1) % 6 : t)) }
    expect(loss).toBeGreaterThan(0)
    expect(await readScalar(model.loss(other, context(50)))).not.toBe(loss)
    const whole = new Uint8Array(64).fill(1)
    expect(() => model.loss({ ...batch, given: whole }, context(50))).toThrow(/given whole/)
  })

  it('is nats a token that is not known, however few of them a latent has', async () => {
    // All but noise: each unknown token costs log V.
    const model = create({ selfConditioning: 0, gammaMin: 8, gammaMax: 9 })
    for (const gap of [[5], [6, 7], [5, 8, 9, 10, 11], [0, 1, 2, 3]]) {
      const given = new Uint8Array(64).fill(1)
      for (let b = 0; b < 4; b++) for (const l of gap) given[16 * b + l] = 0
      const loss = await readScalar(model.loss({ ...batch, given }, context(50)))
      expect(loss / Math.log(6), `gap ${gap}`).toBeCloseTo(1, 1)
    }
  })
})

it('what is given or behind the end is not scored', () => {
  const given = [Uint8Array.of(1, 1, 1, 0, 0, 1), Uint8Array.of(0, 1, 0, 1, 1, 1)]
  expect([...scoredTokens(given, 4)]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0])
})

describe('drawPinned', () => {
  const rows = Array.from({ length: 400 }, (_, r) => drawPinned(16, createRng(21).fork(r), 1))
  /** Runs of pinned or of free tokens. */
  const runs = (row: Uint8Array): number =>
    row.reduce((n, flag, l) => n + (l > 0 && flag !== row[l - 1] ? 1 : 0), 1)

  it('leaves something free, and pins half of the rows in spans, half token by token', () => {
    for (const row of rows) expect(row).toContain(0)
    const scattered = rows.filter((row) => runs(row) > 3).length / rows.length
    expect(scattered).toBeGreaterThan(0.3)
    expect(scattered).toBeLessThan(0.5)
    expect(
      Array.from({ length: 50 }, (_, r) => drawPinned(16, createRng(r), 0)).flatMap((x) => [...x]),
    ).not.toContain(1)
  })
})

describe('generate', () => {
  const sampler = samplerSchema.parse({ type: 'ddim', steps: 6 })

  it('row i of a batch equals the row alone, given text stays, and steps run over L/r states', async () => {
    const model = nudged(create())
    const first = gapCanvas(Int32Array.of(1, 2, 3, 4, 5), 6, Int32Array.of(5), vocabulary)
    const other = freeCanvas(12, vocabulary)
    await model.generate({ canvas: [first], sampler, seed: 3 })
    const { numTensors } = memory()
    const together = await model.generate({ canvas: [first, other, other], sampler, seed: 3 })
    const alone = await model.generate({ canvas: [first], sampler, seed: 3 })
    expect(memory().numTensors).toBe(numTensors)
    expect(together.rows[0]).toEqual(alone.rows[0])
    expect(together.rows[1].tokens).not.toEqual(together.rows[2].tokens)
    expect([...alone.rows[0].tokens.subarray(0, 5), alone.rows[0].tokens[11]]).toEqual([1, 2, 3, 4, 5, 5])
    // Six steps, the clean-up pass and the decoder, over three latents each.
    expect(alone.cost).toMatchObject({ forwards: 8, tokenPositions: 24 })
  })

  it('under the exact posterior of uniform text fills the rest of a latent with every token alike', async () => {
    // An untrained network is that posterior.
    const model = create({}, { rate: 2, dim: 16 })
    const ends = Int32Array.of(2, 2)
    const { rows } = await model.generate({
      canvas: Array.from({ length: 300 }, () => gapCanvas(ends, 1, ends, vocabulary)),
      sampler: samplerSchema.parse({ type: 'gaussian-ancestral', steps: 12 }),
      seed: 2,
    })
    const counts = new Array<number>(6).fill(0)
    for (const { tokens } of rows) counts[tokens[2]] += 1
    // χ² of five degrees of freedom is above 20.5 once in a thousand.
    expect(counts.reduce((sum, n) => sum + (n - 50) ** 2 / 50, 0)).toBeLessThan(20.5)
  })

  it('counts given tokens that the decoder would have written otherwise, and writes them all the same', async () => {
    // An untrained decoder says what it says; its own text, given, is overruled nowhere.
    const model = nudged(create())
    const text = (await model.generate({ canvas: [freeCanvas(8, vocabulary)], sampler, seed: 3 })).rows[0]
    expect(text.overruled).toBe(0)
    const asked = Array.from({ length: 6 }, (_, v) =>
      gapCanvas(new Int32Array(8).fill(v), 4, new Int32Array(0), vocabulary),
    )
    const { rows } = await model.generate({ canvas: asked, sampler, seed: 3 })
    rows.forEach((row, v) => expect([...row.tokens.subarray(0, 8)]).toEqual(new Array(8).fill(v)))
    const overruled = rows.map((row) => row.overruled as number)
    expect(Math.max(...overruled)).toBeGreaterThan(0)
    expect(Math.max(...overruled)).toBeLessThanOrEqual(8)
  })

  it('of a length that r does not divide fills up the last latent', async () => {
    const { rows, cost } = await nudged(create()).generate({
      canvas: [freeCanvas(9, vocabulary)],
      sampler,
      seed: 1,
    })
    expect(rows[0].tokens).toHaveLength(9)
    for (const token of rows[0].tokens) expect(token).toBeLessThan(6)
    expect(cost.tokenPositions).toBe(8 * 3)
  })

  it('refuses what latents have no use for', async () => {
    const ask = (settings: object, canvas = freeCanvas(8, vocabulary)) =>
      create().generate({
        canvas: [canvas],
        sampler: samplerSchema.parse({ type: 'ddim', steps: 2, ...settings }),
        seed: 1,
      })
    await expect(ask({ clamp: true })).rejects.toThrow(
      /clamp needs a space whose clean states are the tokens/,
    )
    await expect(ask({}, freeCanvas(17, vocabulary))).rejects.toThrow(
      /length 17 exceeds the model's context 16/,
    )
  })
})

describe('between the phases', () => {
  const heldOut = [batch.tokens.subarray(0, 16), batch.tokens.subarray(16, 24)]

  it('an autoencoder that does not give the text back stops training', async () => {
    const model = create()
    replace(model, 'autoencoder.code', tensor(new Float32Array(4 * 7 * 8).fill(1), [4 * 7, 8]))
    const moves = await model.beginStep?.({ step: 20, totalSteps: 100, heldOut })
    expect([moves?.('autoencoder.code'), moves?.('head.weight')]).toEqual([true, false])
    await expect(model.beginStep?.({ step: 21, totalSteps: 100, heldOut })).rejects.toThrow(
      /gives back \d+\.\d+% of the held-out tokens at step 20, below the 99\.5% of options\.latent\.reconstruction; raise options\.latent/,
    )
    await expect(model.beginStep?.({ step: 21, totalSteps: 100 })).rejects.toThrow(/needs held-out rows/)
    // However large the autoencoder's share is, a step is left for the process.
    const late = create({}, { share: 0.9 })
    expect((await late.beginStep?.({ step: 3, totalSteps: 4, heldOut }))?.('autoencoder.code')).toBe(true)
    expect((await late.beginStep?.({ step: 4, totalSteps: 4, heldOut }))?.('autoencoder.code')).toBe(false)
  })

  it('one that does is kept, and a process with another autoencoder is refused', async () => {
    const model = create({}, { reconstruction: 0 })
    const moves = await model.beginStep?.({ step: 21, totalSteps: 100, heldOut })
    expect([moves?.('autoencoder.code'), moves?.('head.weight')]).toEqual([false, true])
    const state = JSON.parse(JSON.stringify(model.processState())) as Record<string, unknown>
    const copy = create({}, { reconstruction: 0 })
    copy.loadProcessState(state)
    expect(copy.processState()).toEqual(model.processState())
    const rows = [batch.tokens.subarray(0, 16)]
    expect(await copy.logLikelihood(rows, { draws: 8 })).toEqual(
      await model.logLikelihood(rows, { draws: 8 }),
    )
    const path = 'autoencoder.code'
    const weights = leavesOf(copy)[indexOf(copy, path)]
    const values = Float32Array.from(await read(weights))
    // Half precision is the same autoencoder, other weights are not.
    replace(
      copy,
      path,
      tensor(
        values.map((x) => x * (1 + 5e-4)),
        weights.shape as number[],
      ),
    )
    await copy.logLikelihood(rows, { draws: 8 })
    replace(
      copy,
      path,
      tensor(
        values.map((x, i) => x + Math.sin(i)),
        weights.shape as number[],
      ),
    )
    await expect(copy.logLikelihood(rows)).rejects.toThrow(
      /latents of another autoencoder \(they differ by \d/,
    )
    await expect(
      copy.generate({
        canvas: [freeCanvas(8, vocabulary)],
        sampler: samplerSchema.parse({ type: 'ddim', steps: 1 }),
        seed: 1,
      }),
    ).rejects.toThrow(/another autoencoder/)
    expect(() => copy.loadProcessState({ ...state, latent: { reconstruction: 1, probe: [1] } })).toThrow(
      /manifest is damaged/,
    )
  })
})

it('frees all of its tensors', () => {
  const { numTensors } = memory()
  const model = create()
  for (const step of [5, 50]) {
    const { value, gradients } = valueAndGradients(() => model.loss(batch, context(step)), leavesOf(model))
    for (const x of [value, ...gradients]) x.dispose()
  }
  model.dispose()
  expect(memory().numTensors).toBe(numTensors)
})
