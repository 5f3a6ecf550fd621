/** @file What is said about the autoregressive baseline, in groups that have one. */
import type { MetricName } from '@trivium/schema'
import { textOf } from '../charts/bits.ts'
import {
  atBaselineLatency,
  atBaselineQuality,
  type BudgetRow,
  type Contender,
  type LikelihoodFindings,
} from '../findings.ts'
import { baselineOf, type Group } from '../members.ts'
import { forwards, ms, num } from '../numbers.ts'
import {
  capital,
  listed,
  rivalNoun,
  type Show,
  said,
  saidSetting,
  shortOf,
  theModel,
  valueOf,
} from './phrases.ts'

/** A metric with all that it judges. */
export interface Judged {
  name: MetricName
  list: Contender[]
  budgets: BudgetRow[]
}

export function latencySentence(group: Group, { name, list }: Judged, show: Show = valueOf): string[] {
  const found = atBaselineLatency(group, list)
  if (found === null) return []
  const { baseline, rival, verdict } = found
  const limit = ms(baseline.ms)
  const noun = rivalNoun(group, baseline.model)
  if (rival === undefined)
    return [`No ${noun} is as fast as ${theModel(baseline.model)}: ${limit} for a text.`]
  const winner = verdict === 'first' ? baseline : rival
  const claim = verdict === 'no difference shown' ? verdict : `${said(winner.model)} wins`
  return [
    `In the ${limit} that ${theModel(baseline.model)} takes for a text, the best ${noun} by ${shortOf(name)} is ${saidSetting(rival)} with ${show(rival)} in ${ms(rival.ms)}, beside ${show(baseline)}: ${claim}.`,
  ]
}

export function speedSentence(group: Group, { name, list }: Judged, show: Show = valueOf): string[] {
  const found = atBaselineQuality(group, list)
  if (found === null) return []
  const { baseline, rival, verdict } = found
  const noun = rivalNoun(group, baseline.model)
  const goal = `the ${shortOf(name)} of ${theModel(baseline.model)}`
  if (rival === undefined) return [`No timed ${noun} reaches ${goal}, ${show(baseline)}, at any speed.`]
  const times = `${ms(rival.ms)} against ${ms(baseline.ms)}`
  const ratio = baseline.ms / rival.ms
  const claim =
    verdict === 'no difference shown'
      ? `no difference in speed shown (${times})`
      : verdict === 'second'
        ? `${num(ratio)} times faster (${times})`
        : `${num(1 / ratio)} times slower (${times})`
  return [
    `At ${goal}, the fastest ${noun} whose quality is not shown to be worse, ${saidSetting(rival)}, is ${claim}.`,
  ]
}

/** Every measure on which the baseline wins, each with its number. */
export function baselineWins(
  group: Group,
  likelihood: LikelihoodFindings,
  judged: readonly Judged[],
): string[] {
  const baseline = baselineOf(group)
  if (baseline === undefined) return []
  const noun = rivalNoun(group, baseline)
  const named = (holds: (j: Judged) => boolean): string =>
    listed(
      judged.filter(holds).map((j) => shortOf(j.name)),
      'or',
    )
  const matchless = named((j) => atBaselineLatency(group, j.list)?.verdict === 'first')
  const unreached = named((j) => {
    const match = atBaselineQuality(group, j.list)
    return match !== null && match.rival === undefined
  })
  const faster = named((j) => atBaselineQuality(group, j.list)?.verdict === 'first')
  return [
    likelihoodWin(group, likelihood),
    ...judged.map((j) => budgetWin(group, j)),
    matchless !== '' && `Within the time that it takes for a text, no ${noun} matches its ${matchless}.`,
    unreached !== '' && `No timed ${noun} reaches its ${unreached}, at any speed.`,
    faster !== '' && `Speed: it is the fastest at its own ${faster}.`,
  ].filter((s) => s !== false)
}

function likelihoodWin(group: Group, { entries, exactBest, proven }: LikelihoodFindings): string | false {
  const bounds = entries.filter((e) => e.bound)
  if (exactBest === undefined || exactBest.model !== baselineOf(group)) return false
  const lowest = bounds.every((e) => e.metric.value > exactBest.metric.value)
  if (bounds.length === 0 || proven.length > 0 || !lowest) return false
  const texts = bounds.map(({ metric }) => textOf({ bits: metric.value, boundType: metric.boundType }))
  return `Likelihood: the lowest number shown, ${num(exactBest.metric.value)} exact beside bounds of ${listed(texts)} (the bounds leave the true order open).`
}

function budgetWin(group: Group, { name, budgets }: Judged): string | false {
  const baseline = baselineOf(group)
  const won = budgets.filter((row) => row.leader.model === baseline && row.apart)
  if (won.length === 0) return false
  return `${capital(shortOf(name))}: ahead of every other model from ${forwards(won[0].budget)} on, ${valueOf(won[0].leader)}.`
}

/** The last sentence of the paragraph at the top. */
export function baselineVerdict(group: Group, wins: readonly string[]): string {
  if (!group.models.some((m) => m.paradigm === 'autoregressive'))
    return 'This group has no autoregressive baseline.'
  return baselineOf(group) !== undefined && wins.length === 0
    ? 'On these measures the autoregressive baseline wins nowhere.'
    : ''
}
