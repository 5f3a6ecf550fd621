/** @file How long a right answer takes: the fastest sufficient setting of a diffusion model over those of its autoregressive twin. */
import { parallelPoint } from '@trivium/evaluation'
import type { Latency, ModelRecord, Point } from '@trivium/schema'
import { share, twinOf } from './derived.ts'

/** `of` ÷ `over`, median by median. */
export type MatchedTime = {
  readonly of: string
  readonly over: string
  readonly batch: number
  readonly ratio: number
  /** Joins the ends of both medians' intervals; null where one has none. */
  readonly ci95: readonly [number, number] | null
}

/**
 * At every batch size that both were timed at, among the settings with 99% of the best accuracy of all: the fastest of each
 * diffusion model over the plain decoding, and over the fastest speculative one, of the autoregressive model of its size.
 */
export function matchedTimes(models: readonly ModelRecord[], points: readonly Point[]): MatchedTime[] {
  const accuracyOf = (point: Point): number => parallelPoint(point)?.accuracy ?? 0
  const best = Math.max(0, ...points.map(accuracyOf))
  if (best === 0) return []
  const able = points.filter((point) => accuracyOf(point) >= share * best)
  const own = models.filter(({ paradigm }) => paradigm !== 'autoregressive')
  return own.flatMap((model) => {
    const twin = twinOf(model, models)
    const mine = able.filter((point) => point.model === model.id)
    const theirs = able.filter((point) => point.model === twin?.id)
    return batchesOf(mine).flatMap((batch) =>
      [theirs.filter(isPlain), theirs.filter((point) => !isPlain(point))].flatMap((rivals) => {
        const [a, b] = [fastest(mine, batch), fastest(rivals, batch)]
        return a === null || b === null ? [] : [timeOf(a, b, batch)]
      }),
    )
  })
}

const isPlain = ({ sampler }: Point): boolean => sampler.type === 'ar'

const batchesOf = (points: readonly Point[]): number[] =>
  [...new Set(points.flatMap(({ latency }) => latency.map(({ batch }) => batch)))].sort((a, b) => a - b)

type Timed = { readonly point: Point; readonly latency: Latency }

function fastest(points: readonly Point[], batch: number): Timed | null {
  const timed = points.flatMap((point): Timed[] => {
    const latency = point.latency.find((one) => one.batch === batch)
    return latency === undefined ? [] : [{ point, latency }]
  })
  return timed.toSorted((a, b) => a.latency.p50 - b.latency.p50).at(0) ?? null
}

function timeOf(a: Timed, b: Timed, batch: number): MatchedTime {
  const [own, other] = [a.latency.ci95, b.latency.ci95]
  return {
    of: a.point.id,
    over: b.point.id,
    batch,
    ratio: a.latency.p50 / b.latency.p50,
    ci95: own === null || other === null ? null : [own[0] / other[1], own[1] / other[0]],
  }
}

/** In words, for the notes of a result. */
export function matchedTimeNotes(times: readonly MatchedTime[]): string[] {
  if (times.length === 0) return []
  const number = (value: number): string => value.toPrecision(3)
  const words = times.map(
    ({ of, over, batch, ratio, ci95 }) =>
      `${of} over ${over} at batch ${batch} ${number(ratio)}${ci95 === null ? '' : ` [${number(ci95[0])}, ${number(ci95[1])}]`}`,
  )
  return [
    `Median times at 99% of the best accuracy, of the fastest such setting over the plain and the speculative decoding of the autoregressive model nearest in size: ${words.join('; ')}.`,
  ]
}
