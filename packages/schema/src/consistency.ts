/** @file Whether results say one thing: what an editor's slip or a bad merge leaves behind, no schema sees. */
import { InputError } from './errors.ts'
import type { Metric, ModelRecord, Point, Results } from './results.ts'

/**
 * @param what names the results, e.g. `runs/x/results.json`
 * @throws InputError of one line: a value outside its own interval, counts that do not add up, an id that is unknown or
 * used twice
 */
export function checkResults(results: Results, what: string): void {
  for (const problem of problemsOf(results))
    throw new InputError(
      `${what} contradicts itself: ${problem}; restore it, or run \`trivium compare\` again`,
    )
}

/** The first is enough for one line, so the rest is not looked for. */
function* problemsOf(results: Results): Generator<string> {
  const { models, points, baselines, metrics, training, samples } = results
  yield* twice(
    'model',
    [...models, ...baselines].map(({ id }) => id),
  )
  yield* twice(
    'point',
    points.map(({ id }) => id),
  )
  const isModel = idsOf(models)
  const isSource = idsOf([...models, ...baselines])
  const isPoint = idsOf([...points, ...baselines])
  for (const model of models) yield* ofModel(model)
  for (const metric of metrics) {
    yield* unknown(isModel, 'model', metric.model, `metric ${metric.name}`)
    yield* ofMetric(metric, metric.model)
  }
  for (const point of points) {
    yield* unknown(isModel, 'model', point.model, `point ${point.id}`)
    yield* ofPoint(point)
  }
  for (const { id, quality } of baselines) for (const metric of quality) yield* ofMetric(metric, id)
  for (const { model } of training) yield* unknown(isModel, 'model', model, 'a training curve')
  for (const { model, point } of samples) {
    yield* unknown(isSource, 'model', model, 'a sample')
    yield* unknown(isPoint, 'point', point, `a sample of ${model}`)
  }
}

const idsOf = (all: readonly { readonly id: string }[]): ReadonlySet<string> =>
  new Set(all.map(({ id }) => id))

function* twice(kind: string, ids: readonly string[]): Generator<string> {
  const again = ids.find((id, i) => ids.indexOf(id) !== i)
  if (again !== undefined) yield `the ${kind} ${again} stands there twice`
}

function* unknown(known: ReadonlySet<string>, kind: string, id: string, where: string): Generator<string> {
  if (!known.has(id)) yield `${where} names the ${kind} ${id}, which is not there`
}

function nearMean(value: number, units: readonly number[]): boolean {
  const largest = units.reduce((most, unit) => Math.max(most, Math.abs(unit)), Math.abs(value))
  const mean = units.reduce((total, unit) => total + unit, 0) / units.length
  return Math.abs(value - mean) <= 1e-4 * largest
}

/** Sums of floats differ in their last bits by the order of addition. */
const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a))
const sum = (parts: Readonly<Record<string, number>>): number =>
  Object.values(parts).reduce((total, part) => total + part, 0)

function* ofModel({ id, parameters, parameterGroups }: ModelRecord): Generator<string> {
  if (sum(parameterGroups) !== parameters)
    yield `the parameter groups of ${id} add up to ${sum(parameterGroups)}, not to its ${parameters} parameters`
}

function* ofMetric(metric: Metric, of: string): Generator<string> {
  const { name, value, ci95, stderr, boundType, parts, items } = metric
  yield* outside(`${name} of ${of}`, value, ci95)
  // A likelihood is the mean of its units, which are kept with five digits; a statistic of a set need not be.
  if (boundType !== null && items !== undefined && !nearMean(value, items.values.flat()))
    yield `${name} of ${of} is ${value}, which its own ${items.unit} do not give`
  if (stderr !== null && stderr < 0) yield `${name} of ${of} has the negative standard error ${stderr}`
  // Of a likelihood the parts are summands; an accuracy is told by kind of problem.
  if (boundType !== null && parts !== undefined && !close(value, sum(parts)))
    yield `the parts of ${name} of ${of} add up to ${sum(parts)}, not to ${value}`
}

function* ofPoint({ id, quality, latency }: Point): Generator<string> {
  for (const metric of quality) yield* ofMetric(metric, id)
  for (const { batch, p50, p90, ci95, tokens, tokensPerSecond } of latency) {
    yield* outside(`the median latency of ${id}`, p50, ci95)
    if (p90 !== null && p90 < p50) yield `the 90th percentile ${p90} ms of ${id} lies below its median ${p50}`
    if (!close(tokensPerSecond * p50, batch * tokens * 1000))
      yield `${id} has ${tokensPerSecond} tokens a second, but ${batch * tokens} tokens in ${p50} ms`
  }
}

function* outside(what: string, value: number, ci95: readonly [number, number] | null): Generator<string> {
  if (ci95 === null) return
  const [low, high] = ci95
  const slack = 1e-9 * Math.max(1, Math.abs(value))
  if (value < low - slack || value > high + slack)
    yield `${what} is ${value}, outside its own interval [${low}, ${high}]`
}
