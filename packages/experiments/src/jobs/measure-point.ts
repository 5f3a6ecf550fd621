/** @file One sampler on all problems (or rows) of an experiment: what it wrote, what it cost, and how good that is. */
import {
  type Answers,
  answerMetrics,
  configHash,
  judgeAnswers,
  languageMetrics,
  nfeOf,
  type ProblemSet,
  type SweepPoint,
  traceRecord,
  verifierFailures,
  writeAnswers,
} from '@trivium/evaluation'
import type { LanguageModel } from '@trivium/language-model'
import { type Metric, type Point, type SampleRecord, Stopped, type TraceRecord } from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import type { ExampleData } from '../data.ts'

/** Rows that are kept as text; all are judged. */
const keptTexts = 16

export type PointWriter = {
  readonly name: string
  readonly model: Pick<LanguageModel, 'decode' | 'vocabulary'>
  readonly tokenizer: Pick<Tokenizer, 'decode' | 'tokenText'>
  /** sha256 of what writes. */
  readonly weights: string
}
export type MeasureOptions = {
  readonly seed: number
  readonly batchSize: number
  readonly signal?: AbortSignal
}
/** `written`: every row with what it took, from which its quality is scored again. */
export type MeasuredPoint = {
  readonly point: Point
  readonly sample: SampleRecord
  readonly written: WrittenRows
  readonly notes: string[]
}
export type WrittenRows = { readonly point: string; readonly rows: number[][]; readonly forwards: number[] }

/** @throws Stopped when `signal` fired */
export async function measurePoint(
  { name, model, tokenizer, weights }: PointWriter,
  at: SweepPoint,
  data: ExampleData,
  problems: ProblemSet,
  { seed, batchSize, signal }: MeasureOptions,
): Promise<MeasuredPoint> {
  const id = `${name}/${at.id}`
  const trace: TraceRecord[] = []
  const answers = await writeAnswers(model, at, problems, {
    seed,
    batchSize,
    signal,
    onTrace: (event) => trace.push(traceRecord(event, tokenizer)),
  })
  if (answers === null) throw new Stopped()
  const { quality, notes } = scoreRows(answers, data, problems)
  const identity = {
    model: name,
    weights,
    data: data.examples.sha256,
    samples: problems.problems.length,
    seed,
  }
  return {
    point: {
      id,
      model: name,
      sampler: at.sampler,
      samplerLabel: at.label,
      setting: at.setting,
      configHash: configHash({ ...identity, sampler: at.sampler }),
      ...nfeOf(answers.forwards),
      tokenPositions: mean(answers.tokenPositions),
      quality,
      latency: [],
    },
    sample: {
      model: name,
      point: id,
      texts: answers.rows.slice(0, keptTexts).map((row) => tokenizer.decode(row)),
      trace,
    },
    written: { point: id, rows: answers.rows.map((row) => Array.from(row)), forwards: [...answers.forwards] },
    notes: notes.map((note) => `${id}: ${note}`),
  }
}

/** The quality of rows that are written: by the truth of a language, or by a verifier. */
export function scoreRows(
  answers: Pick<Answers, 'rows' | 'forwards'>,
  { language, examples }: Pick<ExampleData, 'language' | 'examples'>,
  problems: ProblemSet,
): { quality: Metric[]; notes: string[] } {
  if (language !== null) return { quality: languageMetrics(answers.rows, language, examples.name), notes: [] }
  const verdicts = judgeAnswers(answers.rows, problems)
  const failure = verifierFailures(verdicts)
  return { quality: answerMetrics(answers, verdicts, problems), notes: failure === null ? [] : [failure] }
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
