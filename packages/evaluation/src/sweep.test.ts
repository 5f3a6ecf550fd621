/** @file The sweep with a model that needs no network: costs, seeds, traces, hashes. */
import { createRng } from '@trivium/random'
import { pointSchema, type SamplerConfig, sampleSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { buildReference } from './reference.ts'
import { runSweep, type SweepModel } from './sweep.ts'
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
  resamples: 50,
})

/** Writes uniform tokens keyed by (seed, row); `threshold` takes as many forwards as its slowest row. */
function fakeModel(log: { rows: number; seed: number; type: string }[] = []): SweepModel['model'] {
  return {
    vocabulary,
    async *decode({ canvas, sampler, seed, traceRows = [] }) {
      log.push({ rows: canvas.length, seed, type: sampler.type })
      const rng = createRng(seed)
      const rows = canvas.map(({ tokens }, row) => ({
        tokens: Int32Array.from(rng.fork(row).uniforms(tokens.length), (u) => Math.floor(4 * u)),
        finish: 'length' as const,
      }))
      const forwards = 'steps' in sampler ? sampler.steps : 2 * canvas.length
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
    latencyRepeats: 2,
    latency: { now: () => 0, warmupMost: 1 },
    ...more,
  })

describe('runSweep', () => {
  const points = [
    { type: 'ddim', steps: 8, temperature: 1 } as const,
    { type: 'threshold', tau: 0.9, temperature: 1 } as const,
  ]
  it('charges a fixed sampler its steps and an adaptive one its runs alone', async () => {
    const { points: out } = await sweep([{ id: 'm', model: fakeModel(), points: points.map(sweepPoint) }])
    expect(out.map((p) => [p.id, p.setting, p.nfe, p.tokenPositions])).toEqual([
      ['m/ddim-8', 'S=8', 8, 96],
      ['m/threshold-0.9', 'τ=0.9', 2, 24], // in batches of 4, 4, 2 it would be charged 7.2
    ])
    const untimed = await sweep([{ id: 'm', model: fakeModel(), points: points.map(sweepPoint) }], {
      latencyRepeats: 0,
    })
    expect(untimed.points[1].nfe).toBeCloseTo(7.2, 12)
    expect(untimed.points[1].latency).toEqual([])
  })
  it('draws all texts, each batch from its own seed, all points from the same', async () => {
    const log: { rows: number; seed: number; type: string }[] = []
    const { points: out, samples } = await sweep([
      { id: 'm', model: fakeModel(log), points: points.map(sweepPoint) },
    ])
    const batches = log.filter(({ rows }) => rows > 1)
    expect(batches.map(({ rows }) => rows)).toEqual([4, 4, 2, 4, 4, 2])
    expect(new Set(batches.map(({ seed }) => seed)).size).toBe(3)
    expect(batches.slice(0, 3).map((b) => b.seed)).toEqual(batches.slice(3).map((b) => b.seed))
    expect(new Set(samples[0].texts).size).toBe(10)
    expect(out[0].quality.find((m) => m.name === 'judge-bits')?.n).toBe(10)
  })
  it('times the points of all models together, there and back', async () => {
    const log: { rows: number; seed: number; type: string }[] = []
    const model = fakeModel(log)
    await sweep([
      { id: 'a', model, points: [sweepPoint(points[0])] },
      { id: 'b', model, points: [sweepPoint(points[1])] },
    ])
    const single = log.filter(({ rows }) => rows === 1).map(({ type }) => type[0])
    expect(single.join('')).toBe('dt' + 'dt' + 'td') // warm-up, then AB BA
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
