import {
  dispose,
  flattenParams,
  mapParams,
  memory,
  parameterGroups,
  readScalar,
  tensor,
  tidy,
} from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { freeCanvas, gapCanvas, type LanguageModel, type TokenBatch } from '@trivium/language-model'
import { circulantLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import type { MaskedOptions, SamplerConfig } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, describe, expect, it } from 'vitest'
import { createMaskedDiffusion } from './model.ts'
import { optionsWith } from './testing/options.ts'
import { oracleOf } from './testing/oracle.ts'

const length = 16
const language = circulantLanguage([0.8, 0.08, 0.08, 0.04])
const { vocabulary } = oracleOf(language)
const backbone = resolveBackbone({ depth: 1, width: 32, heads: 2, convolution: 4, context: length })
const create = (weighting: MaskedOptions['weighting'] = 'flat'): LanguageModel =>
  createMaskedDiffusion({
    backbone,
    options: optionsWith({ weighting }),
    vocabulary,
    rng: createRng(1),
  })

const samplers: SamplerConfig[] = [
  { type: 'ancestral', steps: 8, temperature: 1 },
  { type: 'low-confidence', steps: 4, temperature: 1 },
  { type: 'low-confidence', steps: 4, temperature: 1, blockLength: 8 },
  { type: 'threshold', tau: 0.8, temperature: 1 },
  { type: 'low-confidence', steps: 6, temperature: 1, blockLength: 4, cache: 'prefix' },
  { type: 'threshold', tau: 0.8, temperature: 1, blockLength: 4, cache: 'dual' },
]

function batchOf(rows: number, step: number): TokenBatch {
  const tokens = new Int32Array(rows * length)
  for (let b = 0; b < rows; b++) tokens.set(language.sample(createRng(50).fork(step, b), length), b * length)
  return { tokens, batch: rows, length }
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
  for (const [, x] of flattenParams(old)) dispose(x)
  return model
}

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe('a new model', () => {
  it('predicts uniformly: flat loss and NELBO are log V', async () => {
    const model = create()
    const context = { rng: createRng(2), rowOffset: 0, totalRows: 64, step: 1, totalSteps: 10 }
    const loss = tidy(() => model.loss(batchOf(64, 0), context))
    // The flat weight divides by the expected masked count, so the loss itself fluctuates with the actual one.
    expect((await readScalar(loss)) / Math.log(4)).toBeCloseTo(1, 1)
    dispose(loss)
    const [likelihood] = await model.logLikelihood([language.sample(createRng(4), length)])
    expect(likelihood.nats).toBeCloseTo(length * Math.log(4), 3)
    expect(likelihood).toMatchObject({ kind: 'upper-bound', bound: 'masked-nelbo', draws: 32 })
    model.dispose()
  })

  it('names its parameter groups', () => {
    const model = create()
    const groups = parameterGroups(model.params)
    expect(Object.keys(groups).sort()).toEqual(['backbone', 'embedding', 'head'])
    expect(groups.embedding).toBe(vocabulary.size * 32)
    expect(groups.head).toBe(32 * 4 + 4)
    model.dispose()
  })

  it('refuses what it cannot do, in one line', async () => {
    const model = create()
    const long = { canvas: [freeCanvas(17, vocabulary)], sampler: samplers[0], seed: 1 }
    await expect(model.generate(long)).rejects.toThrow(/canvas length 17 exceeds the model's context 16/)
    await expect(model.logLikelihood([new Int32Array(17)])).rejects.toThrow(/row 0 has 17 tokens/)
    const foreign: SamplerConfig = { type: 'ddim', steps: 4, temperature: 1 }
    await expect(
      model.generate({ ...long, canvas: [freeCanvas(4, vocabulary)], sampler: foreign }),
    ).rejects.toThrow(/'ddim' belongs to continuous-diffusion/)
    model.dispose()
  })
})

describe('generation with the network', () => {
  it('leaves no tensor behind, whatever the sampler', async () => {
    const model = shaken(create())
    const canvas = [
      freeCanvas(12, vocabulary),
      gapCanvas(Int32Array.of(1, 2), 7, Int32Array.of(0, 0, 3), vocabulary),
    ]
    await model.generate({ canvas, sampler: samplers[0], seed: 1 })
    await model.logLikelihood([language.sample(createRng(1), length)], { draws: 4 })
    const before = memory().numTensors
    for (const sampler of samplers) await model.generate({ canvas, sampler, seed: 2 })
    await model.logLikelihood([language.sample(createRng(2), length), language.sample(createRng(3), 9)], {
      draws: 4,
    })
    expect(memory().numTensors).toBe(before)
    model.dispose()
  })

  it.each(samplers.map((s) => [JSON.stringify(s), s] as const))(
    'gives row i of a batch what the row alone gets: %s',
    async (_, sampler) => {
      const model = shaken(create())
      const done = { tokens: new Int32Array(12), frozen: new Uint8Array(12).fill(1) }
      const canvas = [
        freeCanvas(12, vocabulary),
        gapCanvas(Int32Array.of(1, 2), 7, Int32Array.of(0, 0, 3), vocabulary),
        freeCanvas(12, vocabulary),
      ]
      const together = await model.generate({ canvas, sampler, seed: 5 })
      for (let r = 0; r < canvas.length; r++) {
        const alone = await model.generate({
          canvas: canvas.map((row, i) => (i === r ? row : done)),
          sampler,
          seed: 5,
        })
        expect([...alone.rows[r].tokens]).toEqual([...together.rows[r].tokens])
      }
      model.dispose()
    },
  )
})

describe('an approximate cache', () => {
  const write = (changes: object, canvas = [freeCanvas(12, vocabulary)]) => {
    const model = shaken(create())
    const sampler = { type: 'low-confidence', steps: 6, temperature: 1, ...changes } as SamplerConfig
    return model.generate({ canvas, sampler, seed: 5 }).finally(() => model.dispose())
  }

  it('of one block is none: the same tokens, the same cost', async () => {
    const plain = await write({ blockLength: 12 })
    for (const cache of ['prefix', 'dual']) {
      const cached = await write({ blockLength: 12, cache })
      expect(cached.rows).toEqual(plain.rows)
    }
  })

  it('reads a row whole once a block, and then the block, with what lies behind it or alone', async () => {
    // Three blocks of 4 in two steps each.
    const counted = async (cache: string): Promise<number[]> => {
      const { cost } = await write({ blockLength: 4, cache })
      return [cost.forwards, cost.tokenPositions]
    }
    expect(await counted('prefix')).toEqual([6, 3 * 12 + 12 + 8 + 4])
    expect(await counted('dual')).toEqual([6, 3 * 12 + 4 + 4 + 4])
  })

  it('begins anew where a gap begins, and leaves what is given alone', async () => {
    const canvas = gapCanvas(Int32Array.of(1, 2, 3), 7, Int32Array.of(0, 3), vocabulary)
    for (const cache of ['prefix', 'dual']) {
      const { rows } = await write({ blockLength: 3, cache }, [canvas, freeCanvas(12, vocabulary)])
      for (const i of [0, 1, 2, 10, 11]) expect(rows[0].tokens[i]).toBe(canvas.tokens[i])
      for (const { tokens } of rows) expect(tokens.includes(vocabulary.mask)).toBe(false)
    }
  })
})
