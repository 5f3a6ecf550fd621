/** @file The sweep with a model that needs no network: costs, seeds, traces, hashes. */
import { createRng } from '@trivium/random'
import { pointSchema, type SamplerConfig, sampleSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { buildReference } from './reference.ts'
import { runSweep, type SweepModel, timeSweep } from './sweep.ts'
import { sweepPoint } from './sweep-points.ts'

const vocabulary = { size: 5, textSize: 4, mask: 4, bos: 4, eos: 4, pad: 4 }
const tokenizer = {
  decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => 'ab c'[id]).join(''),
  tokenText: (id: number) => (id === 4 ? '<mask>' : 'ab c'[id]),
}
const reference = buildReference({
  train: 'ab c a b ca '.repeat(30),
  heldOut: 'a b c ab '.repeat(30),
  judgeOrder: 3,
})

/** Writes uniform tokens keyed by (seed, row); `threshold` takes a forward for each 'a' or 'b' that a row holds. */
function fakeModel(log: { rows: number; seed: number; type: string }[] = []): SweepModel['model'] {
  return {
    vocabulary,
    async *decode({ canvas, sampler, seed, traceRows = [] }) {
      log.push({ rows: canvas.length, seed, type: sampler.type })
      const rng = createRng(seed)
      const rows = canvas.map((canvasRow, row) => {
        const { length } = canvasRow.tokens
        const tokens = Int32Array.from(rng.fork(row).uniforms(length), (u) => Math.floor(4 * u))
        const forwards = 'steps' in sampler ? sampler.steps : tokens.filter((token) => token < 2).length
        return { tokens, finish: 'length' as const, forwards, tokenPositions: forwards * length }
      })
      const forwards = Math.max(...rows.map((row) => row.forwards))
      for (const row of traceRows) {
        const { tokens } = canvas[row]
        const confidence = new Float32Array(tokens.length).fill(0.25)
        const written = Array.from(tokens, (_, i) => i)
        yield { row, step: 0, forwards: 0, tMs: 0, tokens, committed: [], changed: [], confidence }
        yield {
          row,
          step: 1,
          forwards,
          tMs: 1,
          tokens: rows[row].tokens,
          committed: written,
          changed: written,
          confidence,
        }
      }
      const tokenPositions = forwards * canvas.length * canvas[0].tokens.length
      return { rows, cost: { forwards, tokenPositions, cacheCommits: 0, ms: 1, msFirstToken: 1 } }
    },
  }
}

const sweep = (models: SweepModel[], more = {}): ReturnType<typeof runSweep> =>
  runSweep({
    models,
    tokenizer,
    reference,
    samples: 10,
    length: 12,
    batchSize: 4,
    seed: 3,
    characters: 12,
    ...more,
  })

describe('runSweep', () => {
  const points = [
    { type: 'ddim', steps: 8, temperature: 1 } as const,
    { type: 'threshold', tau: 0.9, temperature: 1 } as const,
  ]
  it('charges each text what it took, whatever its neighbours in the batch, and alike every time', async () => {
    const run = (batchSize: number): ReturnType<typeof sweep> =>
      sweep([{ id: 'm', model: fakeModel(), points: points.map(sweepPoint) }], { samples: 4, batchSize })
    const { points: out, samples } = await run(4)
    expect([out[0].nfe, out[0].tokenPositions]).toEqual([8, 96])
    const taken = samples[1].texts.map((text) => [...text].filter((c) => 'ab'.includes(c)).length)
    const mean = taken.reduce((sum, n) => sum + n, 0) / 4
    expect(new Set(taken).size).toBeGreaterThan(1)
    expect([out[1].nfe, out[1].tokenPositions]).toEqual([mean, 12 * mean])
    expect((await run(4)).points).toEqual(out)
  })
  it('measures the characters that are compared, and refuses a point whose texts have fewer', async () => {
    const entry = { id: 'm', model: fakeModel(), points: [sweepPoint(points[0])] }
    const all = await sweep([entry])
    const cut = await sweep([entry], { characters: 6 })
    expect(cut.points[0].quality.length).toBeGreaterThan(0)
    expect(cut.points[0].quality).not.toEqual(all.points[0].quality)
    expect(cut.points[0].configHash).not.toBe(all.points[0].configHash)
    expect(cut.samples[0].texts).toEqual(all.samples[0].texts) // shown whole
    const long = await sweep([entry], { characters: 20 })
    expect(long.points[0].quality).toEqual([])
    expect(long.notes).toEqual([
      'm/ddim-8: its 10 texts hold 120 of the 200 characters that are compared; its quality is left out',
    ])
    expect(all.notes).toEqual([])
  })
  it('draws all texts, each batch from its own seed, all points from the same', async () => {
    const log: { rows: number; seed: number; type: string }[] = []
    const { points: out, samples } = await sweep([
      { id: 'm', model: fakeModel(log), points: points.map(sweepPoint) },
    ])
    const batches = log
    expect(batches.map(({ rows }) => rows)).toEqual([4, 4, 2, 4, 4, 2])
    expect(new Set(batches.map(({ seed }) => seed)).size).toBe(3)
    expect(batches.slice(0, 3).map((b) => b.seed)).toEqual(batches.slice(3).map((b) => b.seed))
    expect(new Set(samples[0].texts).size).toBe(10)
    expect(out[0].quality.find((m) => m.name === 'judge-bits')?.n).toBe(10)
  })
  it('records a trace that ends with the first text, in the schema', async () => {
    const { points: out, samples } = await sweep(
      [{ id: 'm', model: fakeModel(), points: points.map(sweepPoint) }],
      {
        traces: (_: string, point: { sampler: SamplerConfig }) => point.sampler.type === 'ddim',
      },
    )
    const [traced, plain] = samples
    expect(traced.trace?.at(0)?.text[0]).toBe('<mask>')
    expect(traced.trace?.at(-1)?.text.join('')).toBe(traced.texts[0])
    expect(traced.trace?.at(-1)?.forwards).toBe(8)
    expect(plain.trace).toBeUndefined()
    for (const sample of samples) expect(sampleSchema.safeParse(sample).success).toBe(true)
    for (const point of out) expect(pointSchema.safeParse({ ...point, latency: [] }).success).toBe(true)
  })
  it('refuses one sampler twice', async () => {
    const twice = [sweepPoint(points[0]), sweepPoint(points[0])]
    await expect(sweep([{ id: 'm', model: fakeModel(), points: twice }])).rejects.toThrow(
      /two points 'm\/ddim-8'/,
    )
  })
})

describe('timeSweep', () => {
  it('times the points of all models together, there and back', async () => {
    const log: { rows: number; seed: number; type: string }[] = []
    const model = fakeModel(log)
    const times = await timeSweep({
      models: [
        { id: 'a', model, points: [sweepPoint({ type: 'ddim', steps: 8, temperature: 1 })] },
        { id: 'b', model, points: [sweepPoint({ type: 'threshold', tau: 0.9, temperature: 1 })] },
      ],
      length: 12,
      seed: 3,
      repeats: 2,
      batches: [1],
      now: () => 0,
      warmupMost: 1,
    })
    expect(log.map(({ type }) => type[0]).join('')).toBe('dt' + 'dt' + 'td') // warm-up, then AB BA
    expect(log.every(({ rows }) => rows === 1)).toBe(true)
    expect(times?.get('a/ddim-8')).toMatchObject([{ batch: 1, n: 2 }])
  })
  it('times batches between one another, each with its own warm-up', async () => {
    const log: { rows: number; seed: number; type: string }[] = []
    let clock = 0
    const times = await timeSweep({
      models: [
        {
          id: 'a',
          model: fakeModel(log),
          points: [sweepPoint({ type: 'ddim', steps: 8, temperature: 1 })],
        },
      ],
      length: 12,
      seed: 3,
      repeats: 2,
      batches: [1, 4],
      now: () => clock++,
      warmupMost: 1,
    })
    expect(log.map(({ rows }) => rows)).toEqual([1, 4, 1, 4, 4, 1])
    const latencies = times?.get('a/ddim-8') ?? []
    expect(latencies.map(({ batch, tokens }) => [batch, tokens])).toEqual([
      [1, 12],
      [4, 12],
    ])
    // Four texts in the time of one.
    expect(latencies[1].tokensPerSecond / latencies[0].tokensPerSecond).toBeCloseTo(4, 10)
  })
})
