/**
 * @file The rows of a verdict, from the numbers alone. A contestant stands with the best of its settings; it leads where the
 * interval of the (paired) difference to every other contestant excludes zero, and nowhere else. Bounds of different kinds
 * are not ranked.
 */
import { type Metric, type MetricName, metricDifference, metricTable, type Results } from '@trivium/schema'
import { textOf } from '../charts/bits.ts'
import { best, type Contender, compare, contenders } from '../findings.ts'
import { type Group, settingOf } from '../members.ts'
import { forwards, ms, nfe, num } from '../numbers.ts'
import { bitsOf, headlineOf, hintOf, isOfAnswers, latencyOf, metricOf } from '../select.ts'
import { type Contest, type Contestant, isOf } from './contest.ts'
import { type Entry, rowOf } from './row.ts'
import type { VerdictRow } from './spec.ts'

export interface Match {
  /** Of the chapter, as it stands in ids. */
  slug: string
  results: Results
  group: Group
  contest: Contest
}

/** In reading order; questions without two answers to compare are left out. */
export function verdictRows(match: Match): VerdictRow[] {
  const metric = headlineOf(match.group)
  const rows = [
    likelihoodRow(match),
    ...(metric === undefined
      ? []
      : [
          qualityRow(match, metric),
          fewForwardsRow(match, metric),
          parallelRow(match, metric),
          ...timeRows(match, metric),
          repairRow(match),
        ]),
  ]
  return rows.filter((row) => row !== null)
}

function likelihoodRow({ slug, results, group, contest }: Match): VerdictRow | null {
  if (contest.level === 'samplers') return null
  const entries = contest.contestants.map(({ models }): Entry | null => {
    const scored = models.flatMap((model) => {
      const metric = bitsOf(results, model.id)
      return metric === undefined ? [] : [{ model, metric }]
    })
    const [lowest] = scored.toSorted((a, b) => a.metric.value - b.metric.value)
    if (lowest === undefined) return null
    const { value, boundType, ci95 } = lowest.metric
    return {
      ...lowest,
      value,
      interval: ci95,
      text: textOf({ bits: value, boundType }),
      about: models.length > 1 ? lowest.model.name : boundType === 'exact' ? 'exact' : 'upper bound',
      bound: boundType !== 'exact',
    }
  })
  const beats = (a: Entry, b: Entry): boolean => {
    if (a.metric === undefined || b.metric === undefined) return false
    // A bound below an exact value is a proof, an exact value below a bound is none.
    const ranked = b.metric.boundType === 'exact' || a.metric.boundType === b.metric.boundType
    const { ci95 } = metricDifference(a.metric, b.metric)
    return ranked && ci95 !== null && ci95[1] < 0
  }
  return rowOf({
    id: `${group.slug}-likelihood`,
    question: isOfAnswers(results)
      ? 'Which predicts the answers best?'
      : 'Which predicts held-out text best?',
    hint: 'bits per character, lower is better',
    contest,
    entries,
    missing: () => 'not scored',
    beats,
    level: entries.some((e) => e?.bound) ? 'bounds: order left open' : 'no difference shown',
    figure: slug === '' ? '11-bits-per-character' : `11-bits-per-character-${slug}`,
  })
}

function qualityRow(match: Match, name: MetricName): VerdictRow | null {
  const { results, group, contest } = match
  const list = contenders(results.baselines, group, name)
  return rowOf({
    id: `${group.slug}-quality`,
    question: questions[metricTable[name].answers === true ? 'answers' : 'texts'].best,
    hint: `${metricTable[name].short}, ${hintOf(name)}`,
    contest,
    entries: contest.contestants.map((c) => valueEntry(c, list)),
    missing: () => 'nothing ranked',
    beats: (a, b) => winner(a, b),
    level: 'no difference shown',
    figure: `1-quality-vs-steps-${group.slug}`,
  })
}

const questions = {
  answers: { best: 'Which answers best?', few: 'And in few forwards?', fast: 'How fast is a right answer?' },
  texts: { best: 'Which writes best?', few: 'And in few forwards?', fast: 'How fast is a text as good?' },
}

/** An eighth of one forward a token: where only what writes several tokens at once can stand. */
function fewForwardsRow({ results, group, contest }: Match, name: MetricName): VerdictRow | null {
  const all = contenders(results.baselines, group, name)
  const most = Math.max(...all.map((c) => c.point.nfe))
  const budget = Math.max(1, Math.round(most / 8))
  // A final clean-up pass does not cost a sampler its whole setting.
  const list = all.filter((c) => c.point.nfe <= budget + 1)
  return rowOf({
    id: `${group.slug}-few-forwards`,
    question: questions[metricTable[name].answers === true ? 'answers' : 'texts'].few,
    hint: `${metricTable[name].short} in ${budget === 1 ? '1 forward' : `${budget} forwards`} (+1), of ${nfe(most)} at most`,
    contest,
    entries: contest.contestants.map((c) => valueEntry(c, list)),
    missing: (c) => {
      const own = all.filter((x) => isOf(c, x)).map((x) => x.point.nfe)
      return own.length === 0 ? 'nothing ranked' : `takes ${forwards(Math.min(...own))}`
    },
    beats: (a, b) => winner(a, b),
    level: 'no difference shown',
    figure: `1-quality-vs-steps-${group.slug}`,
  })
}

/** The settings as good as the best of all: inside its 95 % interval, and not shown to be worse. */
function asGood({ results, group }: Match, name: MetricName): Contender[] {
  const list = contenders(results.baselines, group, name).filter((c) => !c.collapsed)
  const top = best(list)
  // Where nobody has a right answer nobody is fast at one.
  if (top === undefined || (name === 'accuracy' && top.metric.value === 0)) return []
  const [low, high] = top.metric.ci95 ?? [top.metric.value, top.metric.value]
  return list.filter(
    ({ metric: m }) => m.value >= low && m.value <= high && compare(top.metric, m) !== 'first',
  )
}

function parallelRow(match: Match, name: MetricName): VerdictRow | null {
  const { group, contest } = match
  const good = asGood(match, name)
  const perForward = ({ point }: Contender): Metric | undefined =>
    metricOf(point.quality, 'tokens-per-forward')
  const entries = contest.contestants.map((c): Entry | null => {
    const [fastest] = good
      .filter((x) => isOf(c, x) && perForward(x) !== undefined)
      .toSorted((a, b) => (perForward(b)?.value ?? 0) - (perForward(a)?.value ?? 0))
    const metric = fastest === undefined ? undefined : perForward(fastest)
    return metric === undefined ? null : { ...entryOf(c, fastest), ...valuesOf(metric) }
  })
  return rowOf({
    id: `${group.slug}-parallel`,
    question: 'How many tokens does a forward write?',
    hint: `with ${metricTable[name].short} inside the interval of the best; higher is better`,
    contest,
    entries,
    missing: () => 'not as good',
    beats: (a, b) => winner(a, b),
    level: 'no difference shown',
    figure: `14-parallelism-${group.slug}`,
  })
}

/** One at a time and, where that was timed, as many at a time as were. */
function timeRows(match: Match, name: MetricName): (VerdictRow | null)[] {
  const list = asGood(match, name)
  const batches = list.flatMap(({ point }) => point.latency.map((l) => l.batch))
  return [...new Set([Math.min(...batches), Math.max(...batches)])].map((batch, i) =>
    timeRow(match, name, { list, batch, alone: i === 0 }),
  )
}

type Timing = { readonly list: readonly Contender[]; readonly batch: number; readonly alone: boolean }

function timeRow(match: Match, name: MetricName, { list, batch, alone }: Timing): VerdictRow | null {
  const { group, contest } = match
  const entries = contest.contestants.map((c): Entry | null => {
    const timed = list.flatMap((x) => {
      const latency = isOf(c, x) ? latencyOf(x.point, batch) : undefined
      return latency === undefined ? [] : [{ x, latency }]
    })
    const [fastest] = timed.toSorted((a, b) => a.latency.p50 - b.latency.p50)
    if (fastest === undefined) return null
    const { p50, ci95 } = fastest.latency
    return { ...entryOf(c, fastest.x), metric: undefined, value: p50, interval: ci95, text: ms(p50) }
  })
  return rowOf({
    id: `${group.slug}-time${alone ? '' : `-${batch}`}`,
    question: alone
      ? questions[metricTable[name].answers === true ? 'answers' : 'texts'].fast
      : `And ${batch} at a time?`,
    hint: `median ms at batch ${batch}, with ${metricTable[name].short} inside the interval of the best; lower is better`,
    contest,
    entries,
    missing: () => 'not as good at any speed',
    beats: (a, b) => a.interval !== null && b.interval !== null && a.interval[1] < b.interval[0],
    level: 'no difference shown',
    figure: alone ? `2-quality-vs-latency-${group.slug}` : `5-batches-${group.slug}`,
  })
}

/** Of clean characters so many may be changed by a setting that repairs texts. */
const mostFalseEdits = 0.01

/** Of corrections; a setting that rewrites clean text is no corrector, however much it repairs. */
function repairRow({ results, group, contest }: Match): VerdictRow | null {
  const name = 'repair-rate'
  const list = contenders(results.baselines, group, name).filter(
    ({ point }) => (metricOf(point.quality, 'false-edit-rate')?.value ?? 0) <= mostFalseEdits,
  )
  return rowOf({
    id: `${group.slug}-repair`,
    question: 'Which repairs most errors?',
    hint: `${metricTable[name].short} with at most ${100 * mostFalseEdits} % false edits of clean text; ${hintOf(name)}`,
    contest,
    entries: contest.contestants.map((c) => valueEntry(c, list)),
    missing: () => 'changes more than that',
    beats: (a, b) => winner(a, b),
    level: 'no difference shown',
    figure: `8-corrections-${group.slug}`,
  })
}

const winner = (a: Entry, b: Entry): boolean =>
  a.metric !== undefined && b.metric !== undefined && compare(a.metric, b.metric) === 'first'

function valueEntry(contestant: Contestant, list: readonly Contender[]): Entry | null {
  const top = best(list.filter((c) => isOf(contestant, c)))
  return top === undefined ? null : { ...entryOf(contestant, top), ...valuesOf(top.metric) }
}

const valuesOf = (metric: Metric): Pick<Entry, 'metric' | 'value' | 'interval' | 'text'> => ({
  metric,
  value: metric.value,
  interval: metric.ci95,
  text: num(metric.value),
})

/** The setting, and which model where the contestant has several. */
function entryOf(
  { models, sampler }: Contestant,
  { model, point }: Contender,
): Pick<Entry, 'about' | 'bound'> {
  const setting = sampler === null ? settingOf(point) : point.setting
  return { about: models.length > 1 ? `${model.name}, ${setting}` : setting, bound: false }
}
