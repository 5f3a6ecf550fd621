import type { Generation, GenerationRequest, LanguageModel } from '@trivium/language-model'
import { InputError, metricDifference } from '@trivium/schema'
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
      forwards: tokens[0],
      tokenPositions: 3 * tokens[0],
    }))
    const forwards = Math.max(...rows.map((row) => row.forwards))
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
  it('charges each answer what it took, whatever its neighbours in the batch', async () => {
    const point = sweepPoint({ type: 'threshold', tau: 0.9, temperature: 0 })
    for (const batchSize of [1, 2, 3]) {
      const answers = await writeAnswers(copies, point, set, { seed: 1, batchSize })
      expect(answers?.forwards).toEqual([1, 2, 3])
      expect(answers?.tokenPositions).toBe(6)
    }
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
    const [accuracy, speed] = answerMetrics(answers, set)
    expect(accuracy).toMatchObject({
      task: 'copy@1',
      name: 'accuracy',
      n: 3,
      higherIsBetter: true,
      boundType: null,
    })
    expect(accuracy.value).toBeCloseTo(2 / 3)
    expect(accuracy.parts?.letters).toBeCloseTo(2.5 / 3)
    expect(accuracy.ci95).toBeNull() // three problems prove nothing
    // One token each in 1, 2 and 3 forwards.
    expect(speed).toMatchObject({ name: 'tokens-per-forward', value: 0.5 })
  })
  it('has an interval from eight problems on, and items that pair two samplers on the same problems', async () => {
    const point = sweepPoint({ type: 'threshold', tau: 0.9, temperature: 0 })
    const many = { ...set, problems: Array.from({ length: 12 }, (_, i) => set.problems[i % 3]) }
    const judged = { ...many, judge: (i: number) => ({ correct: i % 3 < 2, parts: {} }) }
    const answers = await writeAnswers(copies, point, judged, { seed: 1 })
    if (answers === null) throw new Error('not stopped')
    const [accuracy] = answerMetrics(answers, judged)
    expect(accuracy.ci95?.[0]).toBeCloseTo(0.36, 1)
    expect(accuracy.ci95?.[1]).toBeCloseTo(0.88, 1)
    expect(accuracy.items?.unit).toBe('examples')
    expect(metricDifference(accuracy, accuracy)).toMatchObject({ value: 0, paired: true })
  })
})
