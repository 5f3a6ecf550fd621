import { dispose, flattenParams, memory, read, tensor, valueAndGradients } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import {
  drain,
  freeCanvas,
  type Generation,
  gapCanvas,
  type LanguageModel,
  plainVocabulary,
  type TraceEvent,
} from '@trivium/language-model'
import { allRows, chiSquareScore, rowNumber } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { autoregressiveOptionsSchema, type SamplerConfig } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAutoregressive } from './index.ts'

const vocabulary = plainVocabulary(3)
const backbone = resolveBackbone({ depth: 2, width: 16, heads: 2, convolution: 4, context: 10 })
const options = autoregressiveOptionsSchema.parse({})
const ar: SamplerConfig = { type: 'ar', temperature: 1, cache: true }

/** A model whose head is not zero, so that its predictions differ by prefix. */
function livelyModel(seed = 1): LanguageModel {
  const model = createAutoregressive({ backbone, vocabulary, options, rng: createRng(seed) })
  const values = createRng(9).normals(16 * 3)
  model.setParams({
    ...model.params,
    head: { weight: tensor(Float32Array.from(values), [16, 3]), bias: tensor([0.3, -0.2, 0], [3]) },
  })
  return model
}

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

describe('logLikelihood', () => {
  it('is uniform at the start and sums to one over all rows of a length', async () => {
    const fresh = createAutoregressive({ backbone, vocabulary, options, rng: createRng(1) })
    const all = allRows(3, 3)
    for (const { nats, kind, stderr } of await fresh.logLikelihood(all)) {
      expect(nats).toBeCloseTo(3 * Math.log(3), 4)
      expect([kind, stderr]).toEqual(['exact', 0])
    }
    const model = livelyModel()
    const total = (await model.logLikelihood(all, { batchSize: 5 })).reduce(
      (sum, { nats }) => sum + Math.exp(-nats),
      0,
    )
    expect(total).toBeCloseTo(1, 4)
  })

  it('equals the mean training loss', async () => {
    const model = livelyModel()
    const rows = [Int32Array.of(0, 1, 2, 2), Int32Array.of(1, 1, 0, 2)]
    const nats = (await model.logLikelihood(rows)).reduce((sum, x) => sum + x.nats, 0)
    const batch = { tokens: Int32Array.of(...rows[0], ...rows[1]), batch: 2, length: 4 }
    const loss = model.loss(batch, { rng: createRng(1), rowOffset: 0, totalRows: 2, step: 1, totalSteps: 1 })
    expect((await read(loss))[0]).toBeCloseTo(nats / 8, 4)
  })

  it('behind a given prefix is the joint less the marginal of the prefix', async () => {
    const model = livelyModel()
    const row = Int32Array.of(0, 2, 1, 1, 0)
    const nats = async (tokens: Int32Array, given?: Uint8Array): Promise<number> =>
      (await model.logLikelihood([tokens], given && { given: [given] }))[0].nats
    for (let n = 1; n < 5; n++) {
      const given = new Uint8Array(5).fill(1, 0, n)
      expect(await nats(row, given)).toBeCloseTo((await nats(row)) - (await nats(row.slice(0, n))), 4)
    }
    // A distribution over what follows.
    const given = Uint8Array.of(1, 1, 0, 0)
    const rows = Array.from({ length: 9 }, (_, i) => Int32Array.of(1, 2, Math.floor(i / 3), i % 3))
    const scores = await model.logLikelihood(rows, { given: rows.map(() => given) })
    expect(scores.reduce((sum, s) => sum + Math.exp(-s.nats), 0)).toBeCloseTo(1, 4)
    expect(await nats(row, new Uint8Array(5))).toBe(await nats(row))
  })

  it('refuses given text behind a gap, and a row that is given whole', async () => {
    const score = (...given: number[]): Promise<unknown> =>
      livelyModel().logLikelihood([Int32Array.of(0, 1, 2)], { given: [Uint8Array.from(given)] })
    await expect(score(0, 1, 0)).rejects.toThrow(
      /row 0 has given tokens behind free ones.*train with options.fimRate/,
    )
    await expect(score(1, 0, 1)).rejects.toThrow(
      /row 0 has given tokens behind free ones.*train with options.fimRate/,
    )
    await expect(score(1, 1, 1)).rejects.toThrow(/row 0 has no tokens to score/)
  })

  it('of a batch with given tokens trains the mean over rows of the mean over their free tokens', async () => {
    const model = livelyModel()
    const rows = [Int32Array.of(0, 1, 2, 2), Int32Array.of(1, 1, 0, 2)]
    const given = [Uint8Array.of(1, 1, 1, 0), Uint8Array.of(1, 0, 0, 0)]
    const scores = await model.logLikelihood(rows, { given })
    const batch = {
      tokens: Int32Array.of(...rows[0], ...rows[1]),
      given: Uint8Array.of(...given[0], ...given[1]),
      batch: 2,
      length: 4,
    }
    const context = { rng: createRng(1), rowOffset: 0, totalRows: 2, step: 1, totalSteps: 1 }
    const [loss] = await read(model.loss(batch, context))
    expect(loss).toBeCloseTo((scores[0].nats / 1 + scores[1].nats / 3) / 2, 4)
    // Nothing given is the plain loss, to the bit.
    const [free] = await read(model.loss({ ...batch, given: new Uint8Array(8) }, context))
    const [plain] = await read(model.loss({ tokens: batch.tokens, batch: 2, length: 4 }, context))
    expect(free).toBe(plain)
  })

  it('hears a stop', async () => {
    const stopped = livelyModel().logLikelihood([Int32Array.of(0, 1)], { signal: AbortSignal.abort() })
    await expect(stopped).rejects.toThrow('interrupted')
  })

  it('refuses a row beyond the context', async () => {
    await expect(livelyModel().logLikelihood([new Int32Array(11)])).rejects.toThrow(
      /row 0 has 11 tokens; the model scores 1 to 10/,
    )
  })
})

describe('generate', () => {
  it('draws the exact distribution of the model (χ² over all rows of length 3)', async () => {
    const model = livelyModel()
    const all = allRows(3, 3)
    const p = (await model.logLikelihood(all)).map(({ nats }) => Math.exp(-nats))
    const n = 4000
    const { rows, cost } = await model.generate({
      canvas: Array.from({ length: n }, () => freeCanvas(3, vocabulary)),
      sampler: ar,
      seed: 5,
    })
    const counts = new Float64Array(27)
    for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
    expect(Math.abs(chiSquareScore(counts, p))).toBeLessThan(4.5)
    expect(cost).toMatchObject({ forwards: 3, tokenPositions: 3 * n })
  })

  it('writes the same with and without a cache, and a row does not depend on its neighbours', async () => {
    const model = livelyModel()
    const canvas = [2, 0, 3, 2].map((n) =>
      gapCanvas(
        Int32Array.from({ length: n }, (_, i) => i % 3),
        9 - n,
        new Int32Array(0),
        vocabulary,
      ),
    )
    const cached = await model.generate({ canvas, sampler: ar, seed: 3 })
    const uncached = await model.generate({ canvas, sampler: { ...ar, cache: false }, seed: 3 })
    const written = ({ rows }: Generation): Int32Array[] => rows.map(({ tokens }) => tokens)
    expect(written(uncached)).toEqual(written(cached))
    expect(cached.rows.map(({ tokens }) => [...tokens.subarray(0, 2)])[0]).toEqual([0, 1])
    const alone = await model.generate({ canvas: canvas.slice(0, 1), sampler: ar, seed: 3 })
    expect(alone.rows[0]).toEqual(cached.rows[0])
    const others = Array.from({ length: 16 }, (_, i) => canvas[(i + 1) % 4])
    const among = await model.generate({ canvas: [canvas[0], ...others], sampler: ar, seed: 3 })
    expect(among.rows[0]).toEqual(cached.rows[0])
    // Prompts of 2, 0, 3 and 2 tokens share their forwards: the longest row to write needs 9. The cache reads a prompt once.
    expect(cached.cost).toMatchObject({ forwards: 9, tokenPositions: 9 + 2 * (3 + 6) + (4 + 5) })
    expect(cached.rows.map(({ forwards }) => forwards)).toEqual([7, 9, 6, 7])
    expect(uncached.cost.forwards).toBe(9)
  })

  it('stops at a stop token, and a stopped row costs nothing more', async () => {
    const model = livelyModel()
    const canvas = Array.from({ length: 6 }, () => freeCanvas(10, vocabulary))
    const free = await model.generate({ canvas, sampler: ar, seed: 8 })
    const { rows, cost } = await model.generate({ canvas, sampler: ar, seed: 8, stopTokens: [2] })
    rows.forEach(({ tokens, finish }, i) => {
      const stop = free.rows[i].tokens.indexOf(2)
      expect(finish).toBe(stop < 0 ? 'length' : 'stop')
      const end = stop < 0 ? 10 : stop + 1
      expect([...tokens.subarray(0, end)]).toEqual([...free.rows[i].tokens.subarray(0, end)])
      expect([...tokens.subarray(end)].every((t) => t === vocabulary.pad)).toBe(true)
    })
    const written = rows.reduce(
      (sum, { tokens }) => sum + tokens.filter((t) => t !== vocabulary.pad).length,
      0,
    )
    expect(cost.tokenPositions).toBe(written)
    expect(written).toBeLessThan(60)
  })

  it('stops at a sequence, and tells log-probabilities that add up to the likelihood', async () => {
    const model = livelyModel()
    const canvas = Array.from({ length: 6 }, () =>
      gapCanvas(Int32Array.of(1), 8, new Int32Array(0), vocabulary),
    )
    const request = { canvas, sampler: { ...ar, temperature: 0.7 }, seed: 8, logprobs: 2 }
    const free = await model.generate(request)
    const { rows } = await model.generate({
      ...request,
      stopTokens: [
        [0, 2],
        [1, 1, 1],
      ],
    })
    rows.forEach(({ tokens, finish }, i) => {
      const text = free.rows[i].tokens.join('')
      const ends = ['02', '111'].flatMap((stop) =>
        text.indexOf(stop, 1) < 0 ? [] : text.indexOf(stop, 1) + stop.length,
      )
      const end = Math.min(9, ...ends)
      expect(finish).toBe(ends.length === 0 ? 'length' : 'stop')
      expect([...tokens.subarray(0, end)]).toEqual([...free.rows[i].tokens.subarray(0, end)])
    })
    expect(new Set(rows.map(({ finish }) => finish))).toContain('stop')
    const given = free.rows.map(() => Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0))
    const scores = await model.logLikelihood(
      free.rows.map(({ tokens }) => tokens),
      { given },
    )
    free.rows.forEach(({ logprobs = [], tokens }, i) => {
      expect(logprobs[0]).toBeNull()
      const sum = logprobs.reduce((total, at) => total + (at?.logprob ?? 0), 0)
      expect(sum).toBeCloseTo(-scores[i].nats, 4)
      const { top = [], logprob } = logprobs[3] ?? {}
      expect(top.length).toBe(2)
      expect(top[0].logprob).toBeGreaterThanOrEqual(logprob ?? 0)
      expect(top.find(({ token }) => token === tokens[3])?.logprob ?? logprob).toBe(logprob)
    })
  })

  it('traces full snapshots whose last one is the result', async () => {
    const events: TraceEvent[] = []
    const canvas = [gapCanvas(Int32Array.of(1), 4, new Int32Array(0), vocabulary)]
    const decoding = livelyModel().decode({ canvas, sampler: ar, seed: 1, traceRows: [0] })
    const { rows } = await drain(decoding, (event) => events.push(event))
    expect(events.map(({ committed }) => committed)).toEqual([[1], [2], [3], [4]])
    expect([...events[0].tokens.subarray(2)]).toEqual([3, 3, 3])
    expect(events[3].tokens).toEqual(rows[0].tokens)
    // Given text is sure, a written token keeps the probability it was drawn with, nothing stands behind it yet.
    const last = events[3].confidence
    events.forEach(({ confidence }, i) => {
      const seen = Array.from(last, (c, position) => (position <= i + 1 ? c : 0))
      expect([...confidence]).toEqual(seen)
    })
    expect(last[0]).toBe(1)
    expect(last.subarray(1).every((c) => c > 0 && c < 1)).toBe(true)
  })

  it('watches any row, PAD behind a stop token included', async () => {
    const canvas = Array.from({ length: 6 }, () => freeCanvas(10, vocabulary))
    const model = livelyModel()
    const request = { canvas, sampler: ar, seed: 8, stopTokens: [2], traceRows: [1, 4] }
    const events: TraceEvent[] = []
    const { rows } = await drain(model.decode(request), (event) => events.push(event))
    for (const r of [1, 4]) {
      const own = events.filter(({ row }) => row === r)
      expect(rows[r].finish).toBe('stop')
      expect(own.at(-1)?.tokens).toEqual(rows[r].tokens)
      // The last event shows the PAD as changed, so that a reader of changes alone sees the same row.
      const shown = new Int32Array(10).fill(vocabulary.mask)
      for (const { changed, tokens } of own) for (const i of changed) shown[i] = tokens[i]
      expect(shown).toEqual(rows[r].tokens)
    }
    expect(new Set(events.map(({ row }) => row))).toEqual(new Set([1, 4]))
  })

  it('stops between two forwards, and frees its cache when its reader leaves', async () => {
    const model = livelyModel()
    const request = { canvas: [freeCanvas(10, vocabulary)], sampler: ar, seed: 1, traceRows: [0] }
    const whole = await model.generate(request)
    const before = memory().numTensors
    const stop = new AbortController()
    const { rows, cost } = await drain(model.decode({ ...request, signal: stop.signal }), ({ step }) => {
      if (step === 3) stop.abort()
    })
    expect(rows[0].finish).toBe('aborted')
    expect(cost.forwards).toBe(3)
    expect([...rows[0].tokens]).toEqual([...whole.rows[0].tokens.subarray(0, 3), 3, 3, 3, 3, 3, 3, 3])
    for await (const { step } of model.decode(request)) if (step === 2) break
    expect(memory().numTensors).toBe(before)
  })

  it('hears a signal that only a timer gives, though the engine works in microtasks', async () => {
    const signal = AbortSignal.timeout(60)
    const model = livelyModel()
    let aborted = 0
    for (let seed = 0; seed < 10_000 && aborted === 0; seed++) {
      const { rows } = await model.generate({
        canvas: [freeCanvas(10, vocabulary)],
        sampler: ar,
        seed,
        signal,
      })
      if (rows[0].finish === 'aborted') aborted += 1
    }
    expect(aborted).toBe(1)
  })

  it('is greedy at temperature 0', async () => {
    const model = livelyModel()
    const canvas = [freeCanvas(8, vocabulary)]
    const sampler = { ...ar, temperature: 0 }
    const [a, b] = await Promise.all([1, 2].map((seed) => model.generate({ canvas, sampler, seed })))
    expect(a.rows).toEqual(b.rows)
    const greedy = [...a.rows[0].tokens]
    // Every other last token is less likely.
    const nats = await model.logLikelihood(
      [0, 1, 2].map((token) => Int32Array.from([...greedy.slice(0, 7), token])),
    )
    expect(nats.map((x) => x.nats).indexOf(Math.min(...nats.map((x) => x.nats)))).toBe(greedy[7])
  })

  it('refuses what it can not do', async () => {
    const model = livelyModel()
    const infill = gapCanvas(Int32Array.of(0), 2, Int32Array.of(1), vocabulary)
    await expect(model.generate({ canvas: [infill], sampler: ar, seed: 1 })).rejects.toThrow(
      /row 0 has given text after a gap.*train with options.fimRate above 0/,
    )
    await expect(
      model.generate({
        canvas: [freeCanvas(3, vocabulary)],
        sampler: { type: 'ddim', steps: 2, temperature: 1 },
        seed: 1,
      }),
    ).rejects.toThrow(/'ddim' belongs to continuous-diffusion; autoregressive has ar, prompt-lookup, mtp/)
    await expect(
      model.generate({ canvas: [freeCanvas(11, vocabulary)], sampler: ar, seed: 1 }),
    ).rejects.toThrow(/length 11 exceeds the model's context 10/)
  })

  it('leaks no tensor', async () => {
    const model = livelyModel()
    const run = (): Promise<unknown> =>
      model.generate({
        canvas: [freeCanvas(6, vocabulary), freeCanvas(6, vocabulary)],
        sampler: ar,
        seed: 1,
        stopTokens: [1],
      })
    await run()
    const before = memory().numTensors
    await run()
    expect(memory().numTensors).toBe(before)
    const leaves = flattenParams(model.params).map(([, x]) => x)
    const { value, gradients } = valueAndGradients(
      () =>
        model.loss(
          { tokens: new Int32Array(8), batch: 2, length: 4 },
          { rng: createRng(1), rowOffset: 0, totalRows: 2, step: 1, totalSteps: 1 },
        ),
      leaves,
    )
    dispose([value, ...gradients])
    expect(memory().numTensors).toBe(before)
  })
})
