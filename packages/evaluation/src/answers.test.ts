import {
  type Generation,
  type GenerationRequest,
  type LanguageModel,
  plainVocabulary,
} from '@trivium/language-model'
import { InputError, type Metric, metricDifference } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { answerBaselines, answerMetrics } from './answer-metrics.ts'
import {
  canvasOf,
  judgeAnswers,
  type Problem,
  type ProblemSet,
  verifierFailures,
  writeAnswers,
} from './answers.ts'
import { sweepPoint } from './sweep-points.ts'

const [eos, pad] = [10, 11]
/** Copies its only given token to every free position; one forward a free position when it works alone. */
const copies: Pick<LanguageModel, 'decode' | 'vocabulary'> = {
  vocabulary: plainVocabulary(12),
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

const point = sweepPoint({ type: 'threshold', tau: 0.9, temperature: 0 })

describe('writeAnswers', () => {
  it('charges each answer what it took, whatever its neighbours in the batch', async () => {
    for (const batchSize of [1, 2, 3]) {
      const answers = await writeAnswers(copies, point, set, { seed: 1, batchSize })
      expect(answers?.forwards).toEqual([1, 2, 3])
      expect(answers?.tokenPositions).toEqual([3, 6, 9])
    }
  })

  it('traces the first answer only, stops at a signal, and refuses an empty set', async () => {
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

describe('canvasOf', () => {
  it('hides the answer, also from a sampler that takes what stands for a draft', () => {
    const { tokens, frozen } = canvasOf(problem(4, 7), 12)
    expect([...tokens]).toEqual([4, 12, 12])
    expect([...frozen]).toEqual([1, 0, 0])
  })
  it('shows the draft of a text to be corrected', () => {
    const draft = Int32Array.of(4, 1, eos)
    expect(canvasOf({ ...problem(4, 7), draft }, 12).tokens).toEqual(draft)
  })
})

async function measure(problems: ProblemSet): Promise<Metric[]> {
  const answers = await writeAnswers(copies, point, problems, { seed: 1 })
  if (answers === null) throw new Error('not stopped')
  return answerMetrics(answers, judgeAnswers(answers.rows, problems), problems)
}

describe('answerMetrics', () => {
  it('gives accuracy with its parts, and tokens per forward without EOS', async () => {
    const [accuracy, speed] = await measure(set)
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
    const many = { ...set, problems: Array.from({ length: 12 }, (_, i) => set.problems[i % 3]) }
    const [accuracy] = await measure({ ...many, judge: (i: number) => ({ correct: i % 3 < 2, parts: {} }) })
    expect(accuracy.ci95?.[0]).toBeCloseTo(0.36, 1)
    expect(accuracy.ci95?.[1]).toBeCloseTo(0.88, 1)
    expect(accuracy.items?.unit).toBe('examples')
    expect(metricDifference(accuracy, accuracy)).toMatchObject({ value: 0, paired: true })
  })
  it('tells accuracy by difficulty, and whether forwards follow it', async () => {
    const many = {
      ...set,
      problems: Array.from({ length: 30 }, (_, i) => problem(1 + (i % 3), i % 3)),
      judge: (i: number) => ({ correct: i % 3 < 2, parts: {} }),
    }
    const [accuracy, , effort] = await measure({ ...many, difficulty: (i) => i % 3 })
    expect(accuracy.strata?.map(({ name, value, n }) => [name, value, n])).toEqual([
      ['difficulty 0', 1, 10],
      ['difficulty 1', 1, 10],
      ['difficulty 2', 0, 10],
    ])
    // The forwards of an answer are its first token, 1 … 3.
    expect(effort).toMatchObject({ name: 'nfe-difficulty', n: 30 })
    expect(effort.value).toBeCloseTo(1, 10)
    const [, , none] = await measure({ ...many, difficulty: () => 1 })
    expect(none).toBeUndefined()
    const fifths = await measure({ ...many, difficulty: (i) => i })
    expect(fifths[0].strata?.map(({ name, n }) => [name, n])).toEqual(
      [0, 6, 12, 18, 24].map((from) => [`difficulty ${from}–${from + 5}`, 6]),
    )
  })
})

describe('a verifier that throws', () => {
  it('is recorded and counted, and its answer is wrong', () => {
    const verdicts = judgeAnswers([Int32Array.of(1), Int32Array.of(2), Int32Array.of(3)], {
      judge(i) {
        if (i > 0) throw new Error(`no verdict\non ${i}`)
        return { correct: true, parts: { letters: 1 } }
      },
    })
    expect(verdicts.map(({ correct }) => correct)).toEqual([true, false, false])
    expect(verifierFailures(verdicts)).toBe(
      'the verifier threw on 2 of 3 answers, which count as wrong; first: no verdict on 1',
    )
    expect(verifierFailures(verdicts.slice(0, 1))).toBeNull()
  })
})

describe('answerBaselines', () => {
  it('repeats one known answer and draws tokens apart; given positions stay', () => {
    const known = [problem(1, 5)]
    const seen: number[][] = []
    const problems = [problem(1, 5), problem(2, 2)]
    const judge = (i: number, row: Int32Array) => {
      seen.push([...row])
      return { correct: row[1] === problems[i].tokens[1], parts: {} }
    }
    const many = { ...set, judge, problems }
    const [repeated, unigram] = answerBaselines(known, many, { seed: 1 })
    expect(repeated).toMatchObject({ id: 'repeat-one-row', kind: 'control' })
    expect(repeated.quality[0]).toMatchObject({ name: 'accuracy', value: 0.5 })
    expect(seen.slice(0, 2)).toEqual([
      [1, 5, eos],
      [2, 5, eos],
    ])
    expect(unigram.id).toBe('unigram')
    for (const [first, ...rest] of seen.slice(2)) {
      expect([1, 2]).toContain(first)
      expect(rest.every((token) => token === 5 || token === eos)).toBe(true)
    }
  })
})
