import { memory } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { type CanvasRow, freeCanvas, gapCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, markovLanguage, rowNumber } from '@trivium/languages'
import { type SamplerConfig, samplerSchema } from '@trivium/schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { lookUp } from './drafts.ts'
import { exactModel, livelyModel, fimVocabulary as vocabulary } from './testing.ts'

beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})

const samplerOf = (type: string, settings: object = {}): SamplerConfig =>
  samplerSchema.parse({ type, ...settings })

describe('lookUp', () => {
  const guess = (text: string, ngram: number, drafted: number): string =>
    String.fromCharCode(
      ...lookUp(
        Int32Array.from(text, (c) => c.charCodeAt(0)),
        { ngram, drafted },
      ),
    )

  it('copies what followed the same n-gram, the latest time', () => {
    expect(guess('the cat sat; the c', 5, 3)).toBe('at ')
    expect(guess('abX abY ab', 2, 1)).toBe('Y')
    expect(guess('abX abY ab', 3, 2)).toBe('Y ')
  })

  it('goes down to two tokens, and to one only when asked for it', () => {
    expect(guess('xbc abc', 5, 4)).toBe(' abc')
    expect(guess('b ab', 5, 2)).toBe('')
    expect(guess('b ab', 1, 2)).toBe(' a')
    expect(guess('', 5, 2)).toBe('')
    expect(guess('a', 5, 2)).toBe('')
    // A run guesses itself as far as it goes.
    expect(guess('aaaa', 3, 9)).toBe('a')
  })
})

describe.each([
  ['mtp', {}],
  ['prompt-lookup', { drafted: 3, ngram: 1 }],
] as const)('%s', (type, settings) => {
  const model = () => livelyModel({ draftHeads: 3, fimRate: 0.5 })
  const canvases: CanvasRow[] = [0, 5, 2, 3].map((n) =>
    gapCanvas(
      Int32Array.from({ length: n }, (_, i) => i % 2),
      13 - n,
      new Int32Array(0),
      vocabulary,
    ),
  )
  canvases.push(gapCanvas(Int32Array.of(0, 1), 9, Int32Array.of(2, 1), vocabulary))

  it.each([
    { temperature: 0 },
    { temperature: 1 },
    { temperature: 0.6, topK: 2 },
    { temperature: 1, repetitionPenalty: 1.5 },
    { temperature: 1, infill: 'spm' },
  ])('writes what plain decoding writes, to the token, in fewer forwards: %o', async (drawing) => {
    const request = { canvas: canvases, seed: 4, stopTokens: [] }
    const plain = await model().generate({ ...request, sampler: samplerOf('ar', drawing) })
    const fast = await model().generate({ ...request, sampler: samplerOf(type, { ...settings, ...drawing }) })
    expect(fast.rows.map(({ tokens }) => [...tokens])).toEqual(plain.rows.map(({ tokens }) => [...tokens]))
    const { drafted = 0, accepted = 0 } = fast.cost.speculation ?? {}
    expect(accepted).toBeGreaterThan(0)
    expect(accepted).toBeLessThan(drafted)
    const written = plain.rows.reduce((n, { forwards }) => n + forwards, 0)
    expect(fast.rows.reduce((n, { forwards }) => n + forwards, 0)).toBe(written - accepted)
    expect(plain.cost.speculation).toBeUndefined()
    // What was guessed wrong was pushed through the network too.
    expect(fast.cost.tokenPositions).toBe(plain.cost.tokenPositions + drafted - accepted)
  })

  it('draws the exact distribution of the model (χ² over all rows of length 4)', async () => {
    const m = model()
    const p = (await m.logLikelihood(allRows(3, 4))).map(({ nats }) => Math.exp(-nats))
    const canvas = Array.from({ length: 4000 }, () => freeCanvas(4, vocabulary))
    const { rows, cost } = await m.generate({ canvas, sampler: samplerOf(type, settings), seed: 5 })
    const counts = new Float64Array(81)
    for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
    expect(Math.abs(chiSquareScore(counts, p))).toBeLessThan(4.5)
    expect(cost.speculation?.accepted).toBeGreaterThan(0)
  })

  it('stops at a stop token inside a draft, and writes a row alone as among others', async () => {
    const request = { canvas: canvases.slice(0, 4), seed: 4, stopTokens: [2] }
    const sampler = samplerOf(type, settings)
    const plain = await model().generate({ ...request, sampler: samplerOf('ar') })
    const fast = await model().generate({ ...request, sampler })
    expect(fast.rows.map(({ tokens, finish }) => [...tokens, finish])).toEqual(
      plain.rows.map(({ tokens, finish }) => [...tokens, finish]),
    )
    expect(fast.rows.some(({ finish }) => finish === 'stop')).toBe(true)
    const alone = await model().generate({ ...request, canvas: request.canvas.slice(0, 1), sampler })
    expect(alone.rows[0]).toEqual(fast.rows[0])
  })

  it('shows the tokens of a forward as committed together, and leaks nothing', async () => {
    const m = model()
    const request = {
      canvas: canvases.slice(0, 1),
      seed: 4,
      sampler: samplerOf(type, settings),
      traceRows: [0],
    }
    await m.generate(request)
    const before = memory().numTensors
    const committed: number[] = []
    let events = 0
    for await (const event of m.decode(request)) {
      committed.push(...event.committed)
      events += 1
    }
    expect(committed).toEqual(Array.from({ length: 13 }, (_, i) => i))
    expect(events).toBeLessThan(13)
    expect(memory().numTensors).toBe(before)
  })
})

describe('of a language that the model knows exactly', () => {
  const chain = {
    initial: [0.6, 0.3, 0.1],
    transition: [
      [0.7, 0.2, 0.1],
      [0.1, 0.6, 0.3],
      [0.35, 0.05, 0.6],
    ],
  }
  const language = markovLanguage(chain)
  const [length, n] = [5, 4000]

  it('the model says what the language says', async () => {
    const rows = allRows(3, length).filter((_, i) => i % 20 === 0)
    const scores = await exactModel(language, 0).logLikelihood(rows)
    for (const [i, { nats }] of scores.entries()) expect(nats).toBeCloseTo(-language.logProb(rows[i]), 3)
  })

  it.each([
    ['ar', {}],
    ['mtp', {}],
    ['prompt-lookup', { drafted: 3, ngram: 1 }],
  ] as const)('%s passes χ² over all rows of length 5', async (type, settings) => {
    const model = exactModel(language, 3)
    const canvas = Array.from({ length: n }, () => freeCanvas(length, model.vocabulary))
    const { rows, cost } = await model.generate({ canvas, sampler: samplerOf(type, settings), seed: 7 })
    const counts = new Float64Array(3 ** length)
    for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
    const law = allRows(3, length).map((row) => Math.exp(language.logProb(row)))
    expect(Math.abs(chiSquareScore(counts, law))).toBeLessThan(4.5)
    if (type === 'ar') return
    // Guesses that see the past alone are right at times, and wrong at times.
    const { drafted = 0, accepted = 0 } = cost.speculation ?? {}
    expect(accepted / drafted).toBeGreaterThan(0.2)
    expect(accepted / drafted).toBeLessThan(0.95)
  })

  it('χ² tells a language that is a little different', async () => {
    const other = { ...chain, transition: [[0.66, 0.24, 0.1], ...chain.transition.slice(1)] }
    const model = exactModel(markovLanguage(other), 3)
    const canvas = Array.from({ length: n }, () => freeCanvas(length, model.vocabulary))
    const { rows } = await model.generate({ canvas, sampler: samplerOf('mtp'), seed: 7 })
    const counts = new Float64Array(3 ** length)
    for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
    const law = allRows(3, length).map((row) => Math.exp(language.logProb(row)))
    expect(chiSquareScore(counts, law)).toBeGreaterThan(5)
  })
})

it('mtp asked of a model without heads is one line', async () => {
  const request = { canvas: [freeCanvas(4, vocabulary)], seed: 1, sampler: samplerOf('mtp') }
  await expect(livelyModel().generate(request)).rejects.toThrow(
    "the sampler 'mtp' needs a model trained with options.draftHeads above 0",
  )
})
