/** What the options of a continuous sampler do to its walk, under exact posteriors. */
import {
  type CanvasRow,
  drain,
  freeCanvas,
  type Generation,
  gapCanvas,
  plainVocabulary,
  type TraceEvent,
} from '@trivium/language-model'
import { chiSquareScore } from '@trivium/languages'
import { samplerSchema } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { fixedSchedule, uniformSchedule } from '../gaussian/schedules.ts'
import type { Denoiser } from './denoiser.ts'
import { decodeGaussian } from './oracle.ts'
import { enumeratedPosterior, iidPosterior } from './test-support.ts'

const skewed = [0.4, 0.3, 0.2, 0.1]
const vocabulary = plainVocabulary(4)
const schedule = uniformSchedule(-4, 6)
const free = (length: number): CanvasRow => freeCanvas(length, vocabulary)

type Asked = { denoiser?: Denoiser; seed?: number; trace?: number[]; events?: TraceEvent[] }

/** `ddim` unless the settings say otherwise. */
function write(canvas: CanvasRow[], settings: object, asked: Asked = {}): Promise<Generation> {
  const { denoiser = iidPosterior(skewed, 4), seed = 7, trace = [], events = [] } = asked
  const sampler = samplerSchema.parse({ type: 'ddim', steps: 8, ...settings })
  const request = { canvas, sampler, seed, traceRows: trace }
  return drain(decodeGaussian({ denoiser, schedule, vocabulary }, request), (e) => events.push(e))
}

const share = async (settings: object): Promise<number[]> => {
  const { rows } = await write([free(4000)], settings)
  return skewed.map((_, v) => rows[0].tokens.filter((t) => t === v).length)
}

it.each(['dpm-solver++', 'heun'])(
  '%s draws the i.i.d. distribution under the exact posterior (χ²)',
  async (type) => {
    expect(chiSquareScore(await share({ type, steps: 64 }), skewed)).toBeLessThan(3.1) // p = 0.001
  },
)

it('renoise does not, however many its steps: each takes the mean for the text, and rare tokens are lost', async () => {
  for (const steps of [16, 64]) expect((await share({ type: 'renoise', steps }))[3]).toBeLessThan(0.07 * 4000)
  // With little of it the walk is as good as without.
  const little = await share({ type: 'renoise', steps: 64, kappa: 0.05 })
  expect(chiSquareScore(little, skewed)).toBeLessThan(3.1)
})

describe.each([
  ['renoise', 9],
  ['dpm-solver++', 9],
  ['heun', 17],
])('%s', (type, forwards) => {
  it(`charges ${forwards} forwards for 8 steps, and a row does not depend on its neighbours`, async () => {
    const prompt = gapCanvas(Int32Array.of(3, 3, 1), 9, Int32Array.of(), vocabulary)
    const pair = await write([free(12), free(12)], { type })
    expect(pair.cost).toMatchObject({ forwards, tokenPositions: 24 * forwards })
    const other = await write([prompt, free(12), free(12)], { type })
    expect(other.rows[1]).toEqual(pair.rows[1])
    expect([...other.rows[0].tokens.subarray(0, 3)]).toEqual([3, 3, 1])
  })
})

it('few steps of order two come nearer to many than few of order one', async () => {
  const text = async (settings: object): Promise<Int32Array> =>
    (await write([free(2000)], { grid: 'gamma', ...settings })).rows[0].tokens
  const many = await text({ type: 'heun', steps: 256 })
  const off = (tokens: Int32Array): number => tokens.filter((t, i) => t !== many[i]).length
  const ddim = off(await text({ steps: 8 }))
  expect(ddim).toBeGreaterThan(20)
  expect(off(await text({ type: 'dpm-solver++' }))).toBeLessThan(0.7 * ddim)
  expect(off(await text({ type: 'heun' }))).toBeLessThan(0.7 * ddim)
})

it('grid: gamma takes equal steps of γ, whatever the schedule', async () => {
  const denoiser = iidPosterior(skewed, 4)
  const cosine = fixedSchedule('cosine', -4, 6)
  const levels = async (settings: object): Promise<number[]> => {
    denoiser.calls.length = 0
    const sampler = samplerSchema.parse({ type: 'ddim', steps: 4, ...settings })
    const request = { canvas: [free(1)], sampler, seed: 1 }
    await drain(decodeGaussian({ denoiser, schedule: cosine, vocabulary }, request))
    return denoiser.calls.map(({ gamma }) => gamma[0])
  }
  expect(await levels({ grid: 'gamma' })).toEqual([6, 3.5, 1, -1.5, -4])
  const quantiles = [1, 0.75, 0.5, 0.25, 0].map((u) => Math.fround(cosine.quantile(u)))
  expect(await levels({})).toEqual(quantiles)
  expect(await levels({ grid: 'schedule' })).toEqual(quantiles)
})

it('clamp shows the solver embeddings alone', async () => {
  const denoiser = { ...iidPosterior(skewed, 4), selfConditioned: true }
  await write([free(30)], { clamp: true }, { denoiser })
  const seen = denoiser.calls.slice(1).flatMap(({ selfCondition }) => [...(selfCondition as Float32Array)])
  const known = new Set([0, 1, 2, 3].map((v) => denoiser.embeddings.subarray(4 * v, 4 * v + 4).join()))
  for (let i = 0; i < seen.length; i += 4) expect(known).toContain(seen.slice(i, i + 4).join())
})

describe('guidance', () => {
  // Of pairs the second token mostly follows from the first.
  const pairs = Array.from({ length: 16 }, (_, n) => Int32Array.of(n >> 2, n & 3))
  const follows = ([a, b]: Int32Array): number => (b === (a + 1) % 4 ? 0.7 : 0.1) / 4
  const pairPosterior = () => enumeratedPosterior(pairs, (row) => Math.log(follows(row)), 4, 6)
  const prompt = gapCanvas(Int32Array.of(2), 1, Int32Array.of(), vocabulary)
  const canvas = new Array<CanvasRow>(300).fill(prompt)
  const successes = (rows: Generation['rows']): number => rows.filter(({ tokens }) => tokens[1] === 3).length

  it('leads towards what is given the more the larger it is, and 1 changes nothing but the cost', async () => {
    const at = (settings: object) => write(canvas, { steps: 16, ...settings }, { denoiser: pairPosterior() })
    const [plain, one, three, none] = [
      await at({}),
      await at({ guidance: 1 }),
      await at({ guidance: 3 }),
      await at({ guidance: 0 }),
    ]
    expect(plain.cost.forwards).toBe(17)
    expect(one.cost).toMatchObject({ forwards: 33, tokenPositions: 2 * 300 * 33 })
    expect(Math.abs(successes(one.rows) - successes(plain.rows))).toBeLessThan(4)
    expect(successes(plain.rows) / 300).toBeGreaterThan(0.6)
    expect(successes(three.rows)).toBeGreaterThan(successes(plain.rows) + 20)
    expect(successes(none.rows)).toBeLessThan(successes(plain.rows) - 20)
    for (const { tokens } of three.rows) expect(tokens[0]).toBe(2)
  })

  it('without anything given is refused', async () => {
    await expect(write([free(4)], { guidance: 2 })).rejects.toThrow(
      /guidance 2 has nothing to lead to: no position of the canvas is given/,
    )
  })
})

describe('candidates', () => {
  it('keeps the most central of several texts and charges them all', async () => {
    const one = await write([free(40), free(40)], {})
    const five = await write([free(40), free(40)], { candidates: 5 })
    expect(five.cost).toMatchObject({ forwards: 45, tokenPositions: 5 * one.cost.tokenPositions })
    expect(five.rows[0]).toMatchObject({ forwards: 45, tokenPositions: 45 * 40 })
    expect((await write([free(40)], { candidates: 5 })).rows[0]).toEqual(five.rows[0])
    expect((await write([free(40), free(40)], { candidates: 1 })).rows).toEqual(one.rows)
    // The most central text of skewed tokens has more of the likeliest than a text at random.
    const zeros = (tokens: Int32Array): number => tokens.filter((t) => t === 0).length
    const total = (rows: Generation['rows']): number => rows.reduce((n, { tokens }) => n + zeros(tokens), 0)
    const canvas = new Array<CanvasRow>(12).fill(free(40))
    const central = await write(canvas, { candidates: 8 })
    expect(total(central.rows)).toBeGreaterThan(total((await write(canvas, {})).rows))
  })

  it('shows the first on the way and ends in the chosen one', async () => {
    const events: TraceEvent[] = []
    const { rows } = await write([free(20)], { candidates: 4 }, { trace: [0], events })
    expect(events).toHaveLength(9)
    expect(events.at(-1)?.tokens).toEqual(rows[0].tokens)
  })
})

describe('final: draw', () => {
  it('draws each position from the last distribution; argmax takes its mode', async () => {
    // A posterior that no noise level moves: what is drawn is its distribution, what is likeliest is token 0.
    const flat: Denoiser = {
      ...iidPosterior(skewed, 4),
      logits: async ({ batch, length }) =>
        Float32Array.from({ length: batch * length * 4 }, (_, i) => Math.log(skewed[i % 4])),
    }
    const drawn = await write([free(4000)], { steps: 1, final: 'draw' }, { denoiser: flat })
    const counts = skewed.map((_, v) => drawn.rows[0].tokens.filter((t) => t === v).length)
    expect(chiSquareScore(counts, skewed)).toBeLessThan(3.1)
    for (const settings of [{}, { final: 'argmax' }, { final: 'draw', temperature: 0 }]) {
      const likeliest = await write([free(50)], { steps: 1, ...settings }, { denoiser: flat })
      expect(new Set(likeliest.rows[0].tokens)).toEqual(new Set([0]))
    }
  })
})

describe('patience', () => {
  it('finishes a text that stands still with little entropy, row by row', async () => {
    const events: TraceEvent[] = []
    const canvas = [free(3), free(3), free(3), free(3)]
    const settings = { steps: 100, patience: 5, grid: 'gamma' }
    const { rows, cost } = await write(canvas, settings, { trace: [1], events })
    const whole = await write(canvas, { steps: 100, grid: 'gamma' })
    rows.forEach((row, r) => {
      expect(row.finish).toBe('converged')
      expect(row.forwards).toBeLessThan(95)
      expect(row.tokens).toEqual(whole.rows[r].tokens)
    })
    expect(new Set(rows.map(({ forwards }) => forwards)).size).toBeGreaterThan(1)
    expect(cost.forwards).toBe(Math.max(...rows.map(({ forwards }) => forwards)))
    expect(cost.tokenPositions).toBe(rows.reduce((n, row) => n + row.tokenPositions, 0))
    expect(events.at(-1)?.tokens).toEqual(rows[1].tokens)
    // Alone it takes as many.
    expect((await write([free(3)], settings)).rows[0]).toEqual(rows[0])
  })

  it('waits for certainty: a text that only stands still is not finished', async () => {
    const flat: Denoiser = {
      ...iidPosterior(skewed, 4),
      logits: async ({ batch, length }) =>
        Float32Array.from({ length: batch * length * 4 }, (_, i) => Math.log(skewed[i % 4])),
    }
    const { rows } = await write([free(3)], { steps: 20, patience: 2 }, { denoiser: flat })
    expect(rows[0]).toMatchObject({ finish: 'length', forwards: 21 })
  })
})

it('traces carry the entropy of every position, falling to nothing; given ones have none', async () => {
  const events: TraceEvent[] = []
  const row = gapCanvas(Int32Array.of(2), 6, Int32Array.of(), vocabulary)
  await write([row], { steps: 12 }, { trace: [0], events })
  const prior = -skewed.reduce((sum, p) => sum + p * Math.log(p), 0)
  const mean = ({ entropy }: TraceEvent): number => (entropy as Float32Array).reduce((a, x) => a + x, 0) / 6
  expect(Math.abs(mean(events[0]) - prior)).toBeLessThan(0.1)
  expect(mean(events[12])).toBeLessThan(0.05)
  for (const { entropy } of events) expect(entropy?.[0]).toBe(0)
})
