/** Block and uniform-state models: what they see, what they cost, what they refuse. */
import { disposeParams, mapParams, memory, parameterGroups, readScalar, tensor, tidy } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, gapCanvas, type LanguageModel, type TokenBatch } from '@trivium/language-model'
import { circulantLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import type { MaskedOptions, SamplerConfig } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, describe, expect, it } from 'vitest'
import { createBlockDecoder } from './blocks.ts'
import { createMaskedDiffusion } from './model.ts'
import { createNetwork, type MaskedDiffusionParams } from './network.ts'
import { createProcess } from './process.ts'
import { optionsWith } from './testing/options.ts'
import { oracleOf, write } from './testing/oracle.ts'

const length = 12
const language = circulantLanguage([0.8, 0.08, 0.08, 0.04])
const { vocabulary } = oracleOf(language)
const backbone = resolveBackbone({ depth: 1, width: 32, heads: 2, convolution: 4, context: length })
const create = (options: Partial<MaskedOptions>): LanguageModel =>
  createMaskedDiffusion({ backbone, options: optionsWith(options), vocabulary, rng: createRng(1) })
const rowsOf = (count: number, seed: number): Int32Array[] =>
  Array.from({ length: count }, (_, b) => language.sample(createRng(50).fork(seed, b), length))
function batchOf(count: number, step: number): TokenBatch {
  const tokens = new Int32Array(count * length)
  rowsOf(count, step).forEach((row, b) => {
    tokens.set(row, b * length)
  })
  return { tokens, batch: count, length }
}

/** The model with every weight moved, so that its predictions depend on what it sees. */
function shaken(model: LanguageModel): LanguageModel {
  const old = model.params
  model.setParams(
    mapParams(old, (x, path) =>
      tensor(
        Float32Array.from(createRng(3).fork(path).normals(x.size), (z) => 0.4 * z),
        x.shape,
      ),
    ),
  )
  disposeParams(old)
  return model
}
const closeTo = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(1e-4)
}

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe('a new model of each kind', () => {
  it.each([
    [{ blockLength: 4 }, 'block-nelbo'],
    [{ blockLength: 1 }, 'exact'],
    [{ process: 'uniform' }, 'uniform-nelbo'],
  ] as const)('predicts uniformly: loss and bound are log V, %j', async (options, bound) => {
    const model = create(options)
    const context = { rng: createRng(2), rowOffset: 0, totalRows: 64, step: 1, totalSteps: 10 }
    const loss = tidy(() => model.loss(batchOf(64, 0), context))
    const value = await readScalar(loss)
    loss.dispose()
    // A uniform-state network is told what stands there: only what is beyond that costs.
    if (bound === 'uniform-nelbo') expect(value).toBeLessThan(Math.log(4))
    else expect(value / Math.log(4)).toBeCloseTo(1, 1)
    const found = await model.logLikelihood(rowsOf(16, 1), { draws: 64 })
    const mean = found.reduce((sum, { nats }) => sum + nats, 0) / found.length
    const stderr = Math.hypot(...found.map((x) => x.stderr)) / found.length
    expect(found[0].bound).toBe(bound)
    expect(Math.abs(mean - length * Math.log(4))).toBeLessThan(4.5 * stderr + 1e-3)
    model.dispose()
  })

  it('counts the time embedding of a uniform-state model, and has the weights of a masked one but for it', () => {
    const [masked, uniform] = [create({}), create({ process: 'uniform' })]
    const { time, ...shared } = parameterGroups(uniform.params)
    expect(shared).toEqual(parameterGroups(masked.params))
    expect(time).toBe(32 * 32 + 32 + 32 * 32 + 32)
    masked.dispose()
    uniform.dispose()
  })
})

describe('a block model', () => {
  const options = optionsWith({ blockLength: 4 })

  it('gives cached the logits that it gives uncached', async () => {
    const model = shaken(create(options))
    const params = model.params as MaskedDiffusionParams
    const network = createNetwork(backbone, options)
    const [text, canvas] = [
      rowsOf(2, 1),
      rowsOf(2, 2).map((row) => row.map((x, i) => (i % 3 === 0 ? vocabulary.mask : x))),
    ]
    const flat = (rows: Int32Array[]): Int32Array => Int32Array.from(rows.flatMap((row) => [...row]))
    const whole = tidy(() =>
      network(params, {
        tokens: flat(canvas),
        clean: flat(text),
        times: new Float64Array(2 * length),
        batch: 2,
        length,
      }),
    )
    const expected = await whole.data()
    whole.dispose()
    const session = createBlockDecoder(() => params, backbone, 4).open(2, length)
    for (let block = 0; block < 3; block++) {
      const part = (rows: Int32Array[]): Int32Array =>
        flat(rows.map((row) => row.subarray(4 * block, 4 * block + 4)))
      const got = await session.denoise({ rows: [0, 1], block, tokens: part(canvas) })
      closeTo(
        got,
        [0, 1].flatMap((b) => [
          ...expected.subarray((b * length + 4 * block) * 4, (b * length + 4 * block + 4) * 4),
        ]),
      )
      session.commit({ rows: [0, 1], block, tokens: part(text) })
    }
    session.dispose()
    model.dispose()
  })

  it('of one block is the full model', async () => {
    const [whole, blocks] = [shaken(create({})), shaken(create({ blockLength: length }))]
    const rows = rowsOf(3, 4)
    const [a, b] = [await whole.logLikelihood(rows), await blocks.logLikelihood(rows)]
    closeTo(
      a.map(({ nats }) => nats),
      b.map(({ nats }) => nats),
    )
    const canvas = [freeCanvas(length, vocabulary)]
    const request = { canvas, sampler: { type: 'ancestral', steps: 6, temperature: 1 } as const, seed: 3 }
    expect((await blocks.generate(request)).rows).toEqual((await whole.generate(request)).rows)
    whole.dispose()
    blocks.dispose()
  })

  it('of blocks of 1 has the likelihood that its own cached left-to-right decoding gives', async () => {
    const model = shaken(create({ blockLength: 1 }))
    const rows = rowsOf(2, 7)
    const session = createBlockDecoder(() => model.params as MaskedDiffusionParams, backbone, 1).open(
      2,
      length,
    )
    const nats = [0, 0]
    for (let block = 0; block < length; block++) {
      const logits = await session.denoise({
        rows: [0, 1],
        block,
        tokens: new Int32Array(2).fill(vocabulary.mask),
      })
      rows.forEach((row, b) => {
        const mine = Array.from(logits.subarray(4 * b, 4 * b + 4))
        nats[b] += Math.log(mine.reduce((sum, x) => sum + Math.exp(x), 0)) - mine[row[block]]
      })
      session.commit({ rows: [0, 1], block, tokens: Int32Array.from(rows, (row) => row[block]) })
    }
    session.dispose()
    const found = await model.logLikelihood(rows)
    closeTo(
      found.map((x) => x.nats),
      nats,
    )
    model.dispose()
  })

  it('and a masked one have a likelihood from left to right, which their bound bounds in the mean', async () => {
    for (const model of [shaken(create({})), shaken(create(options))]) {
      const rows = rowsOf(24, 8)
      const [exact, bound] = [
        await model.logLikelihood(rows, { order: 'left-to-right' }),
        await model.logLikelihood(rows, { draws: 64 }),
      ]
      expect(new Set(exact.map((x) => x.bound))).toEqual(new Set(['left-to-right']))
      // One order of many: near the mean over all of them.
      const total = (all: typeof exact): number => all.reduce((sum, { nats }) => sum + nats, 0)
      expect(total(exact) / total(bound)).toBeGreaterThan(0.8)
      expect(total(exact) / total(bound)).toBeLessThan(1.25)
      model.dispose()
    }
  })

  const samplers: SamplerConfig[] = [
    { type: 'ancestral', steps: 3, temperature: 1 },
    { type: 'low-confidence', steps: 6, temperature: 1 },
    { type: 'threshold', tau: 0.5, temperature: 1 },
  ]
  it.each(samplers.map((s) => [s.type, s] as const))(
    'writes behind its cache what it writes without, and counts its commits: %s',
    async (_, sampler) => {
      const model = shaken(create(options))
      const params = model.params as MaskedDiffusionParams
      const network = createNetwork(backbone, options)
      const prompt = gapCanvas(Int32Array.of(1, 2, 3, 0, 1), 7, new Int32Array(0), vocabulary)
      const canvas = [freeCanvas(length, vocabulary), prompt, freeCanvas(length, vocabulary)]
      const request = { canvas, sampler, seed: 5 }
      const before = memory().numTensors
      const cached = await model.generate(request)
      expect(memory().numTensors).toBe(before)
      // The same blocks, each from a whole uncached forward over both halves.
      const written = canvas.map(() => new Int32Array(length))
      const uncached = await write(request, {
        vocabulary,
        process: createProcess(options),
        denoise: () => Promise.reject(new Error('blocks alone are asked for')),
        blocks: {
          blockLength: 4,
          open: () => ({
            commit: ({ rows, block, tokens }) => {
              rows.forEach((row, k) => {
                written[row].set(tokens.subarray(4 * k, 4 * k + 4), 4 * block)
              })
            },
            async denoise({ rows, block, tokens }) {
              const clean = Int32Array.from(rows.flatMap((row) => [...written[row]]))
              const noisy = clean.slice()
              rows.forEach((_row, k) => {
                noisy.set(tokens.subarray(4 * k, 4 * k + 4), k * length + 4 * block)
              })
              const times = new Float64Array(noisy.length)
              const logits = tidy(() =>
                network(params, { tokens: noisy, clean, times, batch: rows.length, length }),
              )
              const values = await logits.data()
              logits.dispose()
              return Float32Array.from(
                rows.flatMap((_row, k) => {
                  const from = (k * length + 4 * block) * 4
                  return [...values.subarray(from, from + 16)]
                }),
              )
            },
            dispose: () => {},
          }),
        },
      })
      expect(cached.rows).toEqual(uncached.rows)
      expect({ ...cached.cost, ms: 0, msFirstToken: 0 }).toEqual({ ...uncached.cost, ms: 0, msFirstToken: 0 })
      const alone = await model.generate({ ...request, canvas: [canvas[0]] })
      expect(alone.rows[0]).toEqual(cached.rows[0])
      // Blocks 0 and 1 are committed; the last one never.
      expect(alone.cost.cacheCommits).toBe(2)
      expect(alone.cost.tokenPositions).toBe(4 * alone.cost.forwards)
      model.dispose()
    },
  )

  it('refuses what it cannot see, in one line', async () => {
    const model = create(options)
    const canvas = [gapCanvas(Int32Array.of(1), 6, Int32Array.of(2, 2), vocabulary)]
    const sampler: SamplerConfig = { type: 'threshold', tau: 0.5, temperature: 1 }
    await expect(model.generate({ canvas, sampler, seed: 1 })).rejects.toThrow(
      /row 0 has text given at position 8, in a later block than the gap at 1: this model writes blocks of 4/,
    )
    const given = [Uint8Array.from({ length }, (_, i) => (i > 8 ? 1 : 0))]
    await expect(model.logLikelihood(rowsOf(1, 1), { given })).rejects.toThrow(/given at position 11/)
    await expect(
      model.generate({
        canvas: [freeCanvas(8, vocabulary)],
        sampler: { ...sampler, blockLength: 3 },
        seed: 1,
      }),
    ).rejects.toThrow(/blockLength is 3, but the model writes blocks of 4; leave it out/)
    model.dispose()
  })
})

describe('a uniform-state model', () => {
  it('refuses the samplers of masks, and knows no order', async () => {
    const model = create({ process: 'uniform' })
    const sampler: SamplerConfig = { type: 'ancestral', steps: 3, temperature: 1 }
    await expect(model.generate({ canvas: [freeCanvas(4, vocabulary)], sampler, seed: 1 })).rejects.toThrow(
      "the sampler 'ancestral' needs a model trained with options.process: absorbing",
    )
    const [found] = await model.logLikelihood(rowsOf(1, 1), { order: 'left-to-right' })
    expect(found.bound).toBe('uniform-nelbo')
    model.dispose()
  })
})
