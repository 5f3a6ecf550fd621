/** @file All that is said about one group, as a verdict and sections; page and summary.md render the same. */
import { metricTable, type Results } from '@trivium/schema'
import { type Contender, contenders, controlWins, likelihoods, perBudget } from '../findings.ts'
import type { Group } from '../members.ts'
import { num } from '../numbers.ts'
import { rankingMetrics } from '../select.ts'
import { baselineVerdict, baselineWins, type Judged, latencySentence, speedSentence } from './baseline.ts'
import { budgetTable, budgetVerdict } from './budgets.ts'
import { likelihoodSentences, likelihoodVerdict } from './likelihood.ts'
import { bare, listed, saidSetting, shortOf } from './phrases.ts'
import type { Table } from './table.ts'

export interface Section {
  heading: string
  lines: string[]
  table?: Table
}

export interface GroupWords {
  group: Group
  /** One paragraph: which model wins where, and where a baseline wins. */
  verdict: string
  /** None is empty. */
  sections: Section[]
}

export function wordsOf(results: Results, group: Group): GroupWords {
  const judged = rankingMetrics(group).map((name): Judged => {
    const list = contenders(results.baselines, group, name)
    return { name, list, budgets: perBudget(list) }
  })
  const likelihood = likelihoods(results, group)
  const wins = baselineWins(group, likelihood, judged)
  const [lead] = judged
  const verdict = [
    likelihoodVerdict(results, likelihood),
    ...(lead === undefined
      ? []
      : [
          budgetVerdict(lead.name, lead.budgets, bare),
          ...latencySentence(group, lead, bare),
          ...speedSentence(group, lead, bare),
        ]),
    baselineVerdict(group, wins),
  ]
  const sections: Section[] = [
    { heading: 'Where the autoregressive baseline wins', lines: wins },
    { heading: 'Warnings', lines: [...controlSentences(results, group), ...collapseSentences(judged)] },
    { heading: 'Bits per character', lines: likelihoodSentences(likelihood) },
    { heading: 'Quality at the baseline’s latency', lines: judged.flatMap((j) => latencySentence(group, j)) },
    { heading: 'Speed at the baseline’s quality', lines: judged.flatMap((j) => speedSentence(group, j)) },
    ...judged.map(({ name, budgets }) => ({
      heading: `${metricTable[name].title} for each budget of forwards`,
      lines: budgets.length === 0 ? [] : [budgetVerdict(name, budgets)],
      table: budgetTable(name, budgets),
    })),
  ]
  return {
    group,
    verdict: verdict.filter((s) => s !== '').join(' '),
    sections: sections.filter((s) => s.lines.length > 0),
  }
}

function controlSentences(results: Results, group: Group): string[] {
  const subject = group.models.length > 1 ? 'every model' : 'the model'
  return controlWins(results, group).map(
    (w) =>
      `The control '${w.control}' beats ${subject} on ${shortOf(w.metric)} (${num(w.value)} against ${num(w.best)}): that metric can be won without writing well, so it does not stand alone.`,
  )
}

/** The settings beyond a guard, once for each guard. */
function collapseSentences(judged: readonly Judged[]): string[] {
  const byGuard = new Map<string, Contender[]>()
  for (const { name, list } of judged) {
    const { guard } = metricTable[name]
    if (guard === undefined) continue
    const why = `the ${shortOf(guard.metric)} of the samples is below ${100 * guard.leastShare} % of held-out text`
    const known = byGuard.get(why) ?? []
    const fresh = list.filter((c) => c.collapsed && known.every((k) => k.point !== c.point))
    byGuard.set(why, [...known, ...fresh])
  }
  return [...byGuard].flatMap(([why, points]) =>
    points.length === 0
      ? []
      : [`Not ranked, because ${why} (repetition): ${listed(points.map(saidSetting))}.`],
  )
}
