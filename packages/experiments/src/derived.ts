/** @file What the points of several models say together: accuracy under parallelism, and the forwards that tie with AR. */
import {
  accuracyUnderParallelism,
  breakEvenForwards,
  parallelPoint,
  tokensPerForwardAt,
} from '@trivium/evaluation'
import type { BreakEvenRecord, ModelRecord, Parallelism, Point } from '@trivium/schema'

/** Share of the best accuracy at which tokens a forward are compared. */
export const share = 0.99

/** Each sampler of each model over all its points; none where no answers were judged. */
export function parallelismOf(points: readonly Point[]): Parallelism[] {
  const answered = points.flatMap((point) => {
    const parallel = parallelPoint(point)
    return parallel === null ? [] : [{ point, parallel }]
  })
  const best = answered.reduce((most, { parallel }) => Math.max(most, parallel.accuracy), 0)
  const keyOf = ({ model, samplerLabel }: Point): string => JSON.stringify([model, samplerLabel])
  const keys = new Set(answered.map(({ point }) => keyOf(point)))
  return [...keys].map((key) => {
    const sweep = answered.filter(({ point }) => keyOf(point) === key)
    const parallel = sweep.map((one) => one.parallel)
    const { model, samplerLabel } = sweep[0].point
    const leastAccuracy = share * best
    return {
      model,
      samplerLabel,
      points: sweep.length,
      aup: accuracyUnderParallelism(parallel, best),
      leastAccuracy,
      tokensPerForward: best > 0 ? tokensPerForwardAt(parallel, leastAccuracy) : null,
    }
  })
}

/** The autoregressive model of the same group whose number of parameters is nearest. */
export function twinOf(model: ModelRecord, models: readonly ModelRecord[]): ModelRecord | undefined {
  const distance = ({ parameters }: ModelRecord): number => Math.abs(parameters - model.parameters)
  return models
    .filter(({ paradigm, group }) => paradigm === 'autoregressive' && group === model.group)
    .sort((a, b) => distance(a) - distance(b))
    .at(0)
}

/**
 * NFE* of every diffusion model and batch size against the autoregressive model of its group whose number of parameters is
 * nearest. A forward is timed where the model does most of them: by its point of most forwards.
 */
export function breakEvensOf(models: readonly ModelRecord[], points: readonly Point[]): BreakEvenRecord[] {
  return models
    .filter(({ paradigm }) => paradigm !== 'autoregressive')
    .flatMap((model) => {
      const baseline = twinOf(model, models)
      if (baseline === undefined) return []
      const ar = points.find((point) => point.model === baseline.id && point.sampler.type === 'ar')
      const [slowest] = points.filter((point) => point.model === model.id).sort((a, b) => b.nfe - a.nfe)
      if (ar === undefined || slowest === undefined || !(slowest.nfe > 0)) return []
      return ar.latency.flatMap((latency) => {
        const own = slowest.latency.find(({ batch }) => batch === latency.batch)
        if (own === undefined) return []
        const { nfe, ci95 } = breakEvenForwards(latency, { latency: own, nfe: slowest.nfe })
        const interval: [number, number] | null = ci95 === null ? null : [ci95[0], ci95[1]]
        return [{ model: model.id, baseline: baseline.id, batch: latency.batch, nfe, ci95: interval }]
      })
    })
}

/** In words, for the notes of a result. */
export function derivedNotes(
  parallelism: readonly Parallelism[],
  breakEvens: readonly BreakEvenRecord[],
): string[] {
  const known = parallelism.filter(({ aup }) => aup !== null)
  const number = (value: number): string => value.toPrecision(3)
  return [
    ...(known.length === 0
      ? []
      : [
          `Accuracy under parallelism (AUP, d3LLM 2601.07568; every point is shown) and most tokens a forward at ${known[0].leastAccuracy.toFixed(3)} right answers: ${known
            .map(
              ({ model, samplerLabel, points, aup, tokensPerForward }) =>
                `${model} ${samplerLabel} ${number(aup ?? 0)} of ${points} point${points === 1 ? '' : 's'}, ${tokensPerForward === null ? 'none' : number(tokensPerForward)}`,
            )
            .join('; ')}.`,
        ]),
    ...(breakEvens.length === 0
      ? []
      : [
          `Forwards that take as long as the whole text of the autoregressive model (NFE*; with fewer, diffusion is faster): ${breakEvens
            .map(
              ({ model, baseline, batch, nfe, ci95 }) =>
                `${model} against ${baseline} at batch ${batch} ${number(nfe)}${ci95 === null ? '' : ` [${number(ci95[0])}, ${number(ci95[1])}]`}`,
            )
            .join('; ')}.`,
        ]),
  ]
}
