import type { Generation, GenerationRequest, LanguageModel } from '@trivium/language-model'
import { InputError } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { answerMetrics, type Problem, type ProblemSet, writeAnswers } from './answers.ts'
import { sweepPoint } from './sweep-points.ts'

const [eos, pad] = [10, 11]
/** Copies its only given token to every free position; one forward a free position when it works alone. */
const copies: Pick<LanguageModel, 'decode'> = {
  async *decode({ canvas, traceRows = [] }: GenerationRequest) {
    const rows = canvas.map(({ tokens, frozen }) => ({
      tokens: tokens.map((token, i) => (frozen[i] === 1 ? token : i === tokens.length - 1 ? eos : tokens[0])),
      finish: 'length' as const,
    }))
    const forwards = Math.max(...canvas.map(({ tokens }) => tokens[0]))
    for (const row of traceRows)
      yield {
        row,
        step: 1,
        forwards,
        tMs: 0,
        tokens: rows[row].tokens,
        committed: [],
        changed: [],
        confidence: new Float32Array(3),
      }
    const cost = { forwards, tokenPositions: canvas.length * 3, cacheCommits: 0, ms: 1, msFirstToken: 1 }
    return { rows, cost } satisfies Generation
  },
}
const problem = (first: number, wanted: number): Problem => ({
  tokens: Int32Array.of(first, wanted, eos),
  given: Uint8Array.of(1, 0, 0),
})
const set: ProblemSet = {
  task: 'copy@1',
  problems: [problem(1, 1), problem(2, 2), problem(3, 9)],
  judge: (i, written) => ({
    correct: written[1] === set.problems[i].tokens[1],
    parts: { letters: written[1] === set.problems[i].tokens[1] ? 1 : 0.5 },
  }),
  stopTokens: [eos],
  fillers: [eos, pad],
}

describe('writeAnswers', () => {
  it('charges an adaptive sampler the forwards of each problem alone, another its batch', async () => {
    const alone = await writeAnswers(
      copies,
      sweepPoint({ type: 'threshold', tau: 0.9, temperature: 0 }),
      set,
      { seed: 1 },
    )
    expect(alone?.forwards).toEqual([1, 2, 3])
    const shared = await writeAnswers(
      copies,
      sweepPoint({ type: 'low-confidence', steps: 4, temperature: 0 }),
      set,
      {
        seed: 1,
        batchSize: 2,
      },
    )
    expect(shared?.forwards).toEqual([2, 2, 3])
    expect(shared?.tokenPositions).toBe(3)
  })

  it('traces the first answer only, stops at a signal, and refuses an empty set', async () => {
    const point = sweepPoint({ type: 'threshold', tau: 0.9, temperature: 0 })
    const seen: number[] = []
    await writeAnswers(copies, point, set, { seed: 1, onTrace: ({ row }) => void seen.push(row) })
    expect(seen).toEqual([0])
    const signal = AbortSignal.abort()
    expect(await writeAnswers(copies, point, set, { seed: 1, signal })).toBeNull()
    await expect(writeAnswers(copies, point, { ...set, problems: [] }, { seed: 1 })).rejects.toThrow(
      InputError,
    )
  })
})

describe('answerMetrics', () => {
  it('gives accuracy with its parts, and tokens per forward without EOS', async () => {
    const point = sweepPoint({ type: 'threshold', tau: 0.9, temperature: 0 })
    const answers = await writeAnswers(copies, point, set, { seed: 1 })
    if (answers === null) throw new Error('not stopped')
    const [accuracy, speed] = answerMetrics(answers, set, { resamples: 200, seed: 1 })
    expect(accuracy).toMatchObject({
      task: 'copy@1',
      name: 'accuracy',
      n: 3,
      higherIsBetter: true,
      boundType: null,
    })
    expect(accuracy.value).toBeCloseTo(2 / 3)
    expect(accuracy.parts?.letters).toBeCloseTo(2.5 / 3)
    const [low, high] = accuracy.ci95 as [number, number]
    expect(low).toBeGreaterThan(0.2)
    expect(high).toBeLessThan(0.95)
    // One token each in 1, 2 and 3 forwards.
    expect(speed).toMatchObject({ name: 'tokens-per-forward', value: 0.5 })
  })
})
