/** @file Evaluating a checkpoint on problems: conditional likelihood of the answers, then answers by every sampler. */
import {
  type Answers,
  answerMetrics,
  configHash,
  likelihoodMetrics,
  type ProblemSet,
  type SweepPoint,
  traceRecord,
  writeAnswers,
} from '@trivium/evaluation'
import type { OpenModel } from '@trivium/models/node'
import type { Metric, Point, SampleRecord, TraceRecord } from '@trivium/schema'
import type { ExampleData } from '../data.ts'
import { problemSet } from '../problems.ts'
import { scoredExamples } from '../training-rows.ts'
import type { EvaluationHooks, EvaluationJob, ModelEvaluation } from './evaluate.ts'

/** Answers that are kept as text; all are judged. */
const keptAnswers = 16

/** @returns null when `signal` fired */
export async function evaluateExamples(
  { candidate, evaluation, seed, share = { index: 0, of: 1 } }: EvaluationJob,
  opened: OpenModel,
  data: ExampleData,
  points: readonly SweepPoint[],
  { signal, onProgress }: EvaluationHooks,
): Promise<ModelEvaluation | null> {
  const first = share.index === 0 ? 1 : 0
  const total = points.length + first
  onProgress?.({ done: 0, total, what: first === 1 ? 'likelihood' : 'answers' })
  const likelihoods =
    first === 1
      ? await answerBits({ candidate, evaluation, seed } as EvaluationJob, opened, data, signal)
      : []
  const problems = problemSet(data, evaluation.samples)
  const measured: Point[] = []
  const samples: SampleRecord[] = []
  for (const [i, point] of points.entries()) {
    const id = `${candidate.name}/${point.id}`
    onProgress?.({ done: i + first, total, what: id })
    const trace: TraceRecord[] = []
    const answers = await writeAnswers(opened.model, point, problems, {
      seed,
      signal,
      onTrace: (event) => trace.push(traceRecord(event, opened.tokenizer)),
    })
    if (answers === null) return null
    const identity = {
      model: candidate.name,
      weights: opened.manifest.files['model.safetensors'].sha256,
      data: data.examples.sha256,
      samples: problems.problems.length,
      seed,
    }
    measured.push(pointOf(id, point, answers, problems, identity))
    samples.push({
      model: candidate.name,
      point: id,
      texts: answers.written.slice(0, keptAnswers).map((row) => opened.tokenizer.decode(row)),
      trace,
    })
    onProgress?.({ done: i + 1 + first, total, what: id })
  }
  return { likelihoods, points: measured, samples, notes: [] }
}

/** −log₂ p of the answers given their conditions, over the tokens of the answers, EOS included and PAD not. */
function answerBits(
  { evaluation, seed }: EvaluationJob,
  { model }: OpenModel,
  data: ExampleData,
  signal: AbortSignal | undefined,
): Promise<Metric[]> {
  const { given, ...held } = scoredExamples(data, 'test', evaluation.likelihoodRows)
  const { likelihoodDraws: draws, likelihoodOrder: order } = evaluation
  return likelihoodMetrics(model, held, { draws, order, seed, given, task: data.examples.name, signal })
}

function pointOf(
  id: string,
  point: SweepPoint,
  answers: Answers,
  problems: ProblemSet,
  identity: Readonly<Record<string, unknown>>,
): Point {
  const { forwards, tokenPositions } = answers
  return {
    id,
    model: String(identity.model),
    sampler: point.sampler,
    samplerLabel: point.label,
    setting: point.setting,
    configHash: configHash({ ...identity, sampler: point.sampler }),
    nfe: forwards.reduce((sum, n) => sum + n, 0) / forwards.length,
    tokenPositions,
    quality: answerMetrics(answers, problems),
    latency: [],
  }
}
