/** @file Evaluating a checkpoint on problems: conditional likelihood of the answers, then answers by every sampler. */
import { detectionMetric, likelihoodMetrics, type ProblemSet, type SweepPoint } from '@trivium/evaluation'
import type { LikelihoodOptions } from '@trivium/language-model'
import type { OpenModel } from '@trivium/models/node'
import type { Metric } from '@trivium/schema'
import type { ExampleData } from '../data.ts'
import { problemsBySampler } from '../problems.ts'
import { scoredExamples } from '../training-rows.ts'
import type { EvaluationHooks, EvaluationJob, ModelEvaluation } from './evaluate.ts'
import { type MeasuredPoint, measurePoint } from './measure-point.ts'

/** @throws Stopped when `signal` fired */
export async function evaluateExamples(
  { candidate, evaluation, seed, share = { index: 0, of: 1 } }: EvaluationJob,
  opened: OpenModel,
  data: ExampleData,
  points: readonly SweepPoint[],
  { signal, onProgress }: EvaluationHooks,
): Promise<ModelEvaluation> {
  const first = share.index === 0 ? 1 : 0
  const total = points.length + first
  onProgress?.({ done: 0, total, what: first === 1 ? 'likelihood' : 'answers' })
  const posed = problemsBySampler(data, evaluation.samples, evaluation)
  const likelihoods =
    first === 1
      ? [
          ...(await answerBits({ evaluation, seed }, opened, data, signal)),
          ...(await detection({ evaluation, seed }, opened, posed(), signal)),
        ]
      : []
  const writer = {
    name: candidate.name,
    model: opened.model,
    tokenizer: opened.tokenizer,
    weights: opened.manifest.files['model.safetensors'].sha256,
  }
  const { batchSize } = evaluation
  const measured: MeasuredPoint[] = []
  for (const [i, point] of points.entries()) {
    const what = `${candidate.name}/${point.id}`
    onProgress?.({ done: i + first, total, what })
    const asked = posed(point.sampler)
    measured.push(await measurePoint(writer, point, data, asked, { seed, batchSize, signal }))
    onProgress?.({ done: i + 1 + first, total, what })
  }
  return { likelihoods, ...together(measured) }
}

/** Measured points as the lists of an evaluation. */
export const together = (measured: readonly MeasuredPoint[]): Omit<ModelEvaluation, 'likelihoods'> => ({
  points: measured.map(({ point }) => point),
  samples: measured.map(({ sample }) => sample),
  written: measured.map(({ written }) => written),
  notes: measured.flatMap(({ notes }) => notes),
})

/** −log₂ p of the answers given their conditions, over the tokens of the answers, EOS included and PAD not. */
function answerBits(
  { evaluation, seed }: Pick<EvaluationJob, 'evaluation' | 'seed'>,
  { model }: OpenModel,
  data: ExampleData,
  signal: AbortSignal | undefined,
): Promise<Metric[]> {
  const { given, ...held } = scoredExamples(data, 'test', evaluation.likelihoodRows)
  const { batchSize } = evaluation
  const task = data.examples.name
  return likelihoodMetrics(model, held, { ...scoringOf(evaluation), seed, given, task, batchSize, signal })
}

/** How a likelihood is taken, as an experiment says it. */
export const scoringOf = ({
  likelihoodDraws: draws,
  likelihoodOrder: order,
  likelihoodPasses: passes,
}: EvaluationJob['evaluation']): Pick<LikelihoodOptions, 'draws' | 'order' | 'passes'> => ({
  draws,
  order,
  passes,
})

/** Texts that errors are sought in, every position of each on its own. */
const detectionTexts = 32
/** Draws for a position: where it is the only hidden one, a masked model needs but one. */
const detectionDraws = 4

/** Of a text that is corrected in place: whether the model tells its errors, whatever a sampler makes of that. */
async function detection(
  { evaluation, seed }: Pick<EvaluationJob, 'evaluation' | 'seed'>,
  { model }: OpenModel,
  { task, problems }: ProblemSet,
  signal: AbortSignal | undefined,
): Promise<Metric[]> {
  const texts = problems.flatMap(({ tokens, draft }) => (draft === undefined ? [] : [{ tokens, draft }]))
  if (texts.length === 0) return []
  const { likelihoodDraws, batchSize } = evaluation
  const found = await detectionMetric(model, texts.slice(0, detectionTexts), {
    task,
    draws: Math.min(likelihoodDraws, detectionDraws),
    seed,
    batchSize,
    signal,
  })
  return found === null ? [] : [found]
}
