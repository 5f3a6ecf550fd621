import {
  type CanvasRow,
  drain,
  freeCanvas,
  type Generation,
  type GenerationRequest,
  gapCanvas,
  plainVocabulary,
  type TraceEvent,
} from '@trivium/language-model'
import { chiSquareScore } from '@trivium/languages'
import { describe, expect, it } from 'vitest'
import { alphaOf } from '../gaussian/process.ts'
import { uniformSchedule } from '../gaussian/schedules.ts'
import { decodeGaussian, type GaussianSampling } from './oracle.ts'
import { iidPosterior } from './test-support.ts'

const skewed = [0.4, 0.3, 0.2, 0.1]
const vocabulary = plainVocabulary(4)
const schedule = uniformSchedule(-4, 6)
const request = (
  canvas: CanvasRow[],
  steps: number,
  type: 'ddim' | 'gaussian-ancestral',
  extra: Partial<GenerationRequest> = {},
): GenerationRequest => ({
  canvas,
  sampler: { type, steps, temperature: 1 },
  seed: 7,
  ...extra,
})
const sampling = () => ({ denoiser: iidPosterior(skewed, 4), schedule, vocabulary })
const write = (model: GaussianSampling, asked: GenerationRequest): Promise<Generation> =>
  drain(decodeGaussian(model, asked))

describe('decodeGaussian', () => {
  it.each(['ddim', 'gaussian-ancestral'] as const)(
    '%s with the exact posterior draws the i.i.d. distribution (χ²)',
    async (type) => {
      const { rows } = await write(sampling(), request([freeCanvas(4000, vocabulary)], 128, type))
      const counts = skewed.map((_, v) => rows[0].tokens.filter((t) => t === v).length)
      expect(chiSquareScore(counts, skewed)).toBeLessThan(3.1) // p = 0.001
    },
  )

  it('charges S + 1 forwards', async () => {
    const { cost } = await write(
      sampling(),
      request([freeCanvas(5, vocabulary), freeCanvas(5, vocabulary)], 6, 'ddim'),
    )
    expect(cost).toMatchObject({ forwards: 7, tokenPositions: 70, cacheCommits: 0 })
    // Nothing stands before the final pass.
    expect(cost.msFirstToken).toBeGreaterThan(0.5 * cost.ms)
  })

  it.each(['ddim', 'gaussian-ancestral'] as const)(
    '%s: a row does not depend on its neighbours',
    async (type) => {
      const prompt = gapCanvas(Int32Array.of(3, 3, 1), 9, Int32Array.of(), vocabulary)
      const free = freeCanvas(12, vocabulary)
      const pair = await write(sampling(), request([free, free], 8, type))
      const other = await write(sampling(), request([prompt, free, free], 8, type))
      expect(other.rows[1]).toEqual(pair.rows[1])
      expect(pair.rows[0].tokens).not.toEqual(pair.rows[1].tokens)
      const again = await write(sampling(), request([free], 8, type))
      expect(again.rows[0]).toEqual(pair.rows[0])
    },
  )

  it('never changes frozen positions, and shows them clean to the network', async () => {
    const row = gapCanvas(Int32Array.of(3, 0), 3, Int32Array.of(1), vocabulary)
    const events: TraceEvent[] = []
    const job = sampling()
    const { rows } = await drain(
      decodeGaussian(job, request([row], 5, 'gaussian-ancestral', { traceRows: [0] })),
      (e) => events.push(e),
    )
    for (const { tokens } of [...events, ...rows])
      expect([tokens[0], tokens[1], tokens[5]]).toEqual([3, 0, 1])
    for (const { gamma, z } of job.denoiser.calls) {
      expect([gamma[0], gamma[1], gamma[5]]).toEqual([-4, -4, -4])
      for (let k = 0; k < 4; k++)
        expect(z[5 * 4 + k]).toBeCloseTo(alphaOf(-4) * job.denoiser.embeddings[4 + k], 6)
    }
    expect(job.denoiser.calls.map(({ gamma }) => gamma[3])).toEqual([6, 4, 2, 0, -2, -4])
  })

  it('traces full snapshots that end in the result', async () => {
    const events: TraceEvent[] = []
    const row = gapCanvas(Int32Array.of(2), 6, Int32Array.of(), vocabulary)
    const { rows, cost } = await drain(
      decodeGaussian(sampling(), request([row, row], 4, 'ddim', { traceRows: [1] })),
      (e) => events.push(e),
    )
    expect(events.map((e) => e.step)).toEqual([1, 2, 3, 4, 5])
    expect(events.at(-1)?.tokens).toEqual(rows[1].tokens)
    expect(new Set(events.map((e) => e.row))).toEqual(new Set([1]))
    expect(events.at(-1)?.forwards).toBe(cost.forwards)
    expect(events.map((e) => e.committed.length)).toEqual([0, 0, 0, 0, 6])
    events.slice(1).forEach((event, i) => {
      const differing = [...event.tokens.keys()].filter((l) => event.tokens[l] !== events[i].tokens[l])
      expect(event.changed).toEqual(differing)
    })
    expect(events.at(-1)?.confidence?.[0]).toBe(1)
    for (const p of events.at(-1)?.confidence ?? []) expect(p).toBeGreaterThan(0.5)
  })

  it('cuts a row at its first written stop token, but never before given text', async () => {
    const open = gapCanvas(Int32Array.of(0, 0), 30, Int32Array.of(), vocabulary)
    const closed = gapCanvas(Int32Array.of(0), 30, Int32Array.of(2), vocabulary)
    const { rows } = await write(sampling(), request([open, closed], 16, 'ddim', { stopTokens: [0] }))
    const stop = rows[0].tokens.indexOf(0, 2)
    expect(rows[0].finish).toBe('stop')
    expect(stop).toBeGreaterThan(1)
    expect(Array.from(rows[0].tokens.subarray(stop + 1))).toEqual(new Array(31 - stop).fill(vocabulary.pad))
    expect(rows[1].finish).toBe('length')
    expect(rows[1].tokens.includes(vocabulary.pad)).toBe(false)
  })

  it('a low temperature writes the likeliest token', async () => {
    const { rows } = await write(sampling(), {
      ...request([freeCanvas(60, vocabulary)], 32, 'ddim'),
      sampler: { type: 'ddim', steps: 32, temperature: 0.05 },
    })
    const warm = await write(sampling(), request([freeCanvas(60, vocabulary)], 32, 'ddim'))
    const zeros = (tokens: Int32Array): number => tokens.filter((t) => t === 0).length
    expect(zeros(rows[0].tokens)).toBeGreaterThan(zeros(warm.rows[0].tokens) + 10)
  })

  it('at temperature 0 and at top-k 1 each step takes the embedding of the likeliest token', async () => {
    const at = async (options: object): Promise<Int32Array> => {
      const asked = request([freeCanvas(30, vocabulary)], 8, 'ddim')
      return (await write(sampling(), { ...asked, sampler: { ...asked.sampler, ...options } })).rows[0].tokens
    }
    const greedy = await at({ temperature: 0 })
    expect(await at({ topK: 1 })).toEqual(greedy)
    expect(await at({ topK: 4, topP: 1, minP: 0 })).toEqual(await at({}))
    expect(await at({ topP: 0.5 })).not.toEqual(await at({}))
    // Where token 0 stands elsewhere in the row, the penalty makes it rarer.
    const zeros = (tokens: Int32Array): number => tokens.filter((t) => t === 0).length
    expect(zeros(await at({ repetitionPenalty: 10 }))).toBeLessThan(zeros(await at({})))
  })

  it('stops between two passes, showing the likeliest canvas so far', async () => {
    const stop = new AbortController()
    const row = gapCanvas(Int32Array.of(2), 6, Int32Array.of(), vocabulary)
    const whole = { tokens: Int32Array.of(0, 1, 2, 3, 0, 1, 2), frozen: new Uint8Array(7).fill(1) }
    const job = sampling()
    const asked = request([row, whole], 9, 'ddim', { signal: stop.signal, traceRows: [0] })
    let last: TraceEvent | null = null
    const { rows, cost } = await drain(decodeGaussian(job, asked), (event) => {
      last = event
      if (event.step === 4) stop.abort()
    })
    expect(cost).toMatchObject({ forwards: 4, tokenPositions: 28, msFirstToken: 0 })
    expect(rows.map(({ finish }) => finish)).toEqual(['aborted', 'length'])
    expect((last as TraceEvent | null)?.tokens).toEqual(rows[0].tokens)
  })

  it('runs nothing where nothing is to be written', async () => {
    const whole = { tokens: Int32Array.of(0, 1, 2), frozen: new Uint8Array(3).fill(1) }
    const { rows, cost } = await write(sampling(), request([whole, whole], 9, 'ddim'))
    expect(cost).toMatchObject({ forwards: 0, tokenPositions: 0, msFirstToken: 0 })
    expect(rows[1]).toEqual({ tokens: whole.tokens, finish: 'length', forwards: 0, tokenPositions: 0 })
  })

  it('hands each pass the estimate of the one before when the model is self-conditioned', async () => {
    const denoiser = { ...iidPosterior(skewed, 4), selfConditioned: true }
    await write({ denoiser, schedule, vocabulary }, request([freeCanvas(3, vocabulary)], 2, 'ddim'))
    expect(denoiser.calls.map(({ selfCondition }) => selfCondition?.length ?? 0)).toEqual([0, 12, 12])
  })

  it('refuses a sampler of another paradigm', async () => {
    const wrong: GenerationRequest = {
      canvas: [freeCanvas(3, vocabulary)],
      sampler: { type: 'ancestral', steps: 4, temperature: 1 },
      seed: 1,
    }
    await expect(write(sampling(), wrong)).rejects.toThrow(
      /sampler 'ancestral' belongs to masked-diffusion; continuous-diffusion has ddim, gaussian-ancestral/,
    )
  })
})
