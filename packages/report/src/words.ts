/** @file Findings as plain sentences, shared by the page and summary.md. Every sentence carries its numbers. */
import type { Results } from '@trivium/schema'
import { boundWords } from './charts/bits.ts'
import { panelMetrics } from './charts/quality-steps.ts'
import {
  atBaselineLatency,
  atBaselineQuality,
  type BudgetRow,
  type Contender,
  contenders,
  controlWins,
  type LikelihoodFindings,
  likelihoods,
  perBudget,
} from './findings.ts'
import { paradigmLabels } from './palette.ts'
import { forwards, type Group, metricWords, ms, num } from './select.ts'

export interface Table {
  header: string[]
  rows: string[][]
}

/** All that is said about one group. */
export interface GroupWords {
  group: Group
  /** One paragraph: who wins where, and where the autoregressive baseline wins. */
  verdict: string
  likelihood: string[]
  budgets: { metric: string; sentences: string[]; table: Table }[]
  latency: string[]
  speed: string[]
  autoregressiveWins: string[]
  controls: string[]
}

export function wordsOf(results: Results, group: Group): GroupWords {
  const metrics = panelMetrics(results, group).filter((n) => /^(judge-bits|js-\d|word-validity)$/.test(n))
  const lists = metrics.map((name) => ({ name, list: contenders(results, group, name) }))
  const likelihood = likelihoods(results, group)
  const rows = lists.map(({ name, list }) => ({ name, rows: perBudget(list) }))
  const latency = lists.flatMap(({ name, list }) => latencySentence(name, list))
  const speed = lists.flatMap(({ name, list }) => speedSentence(name, list))
  const autoregressiveWins = winsOfBaseline(likelihood, rows, lists)
  const lead = lists[0]
  const verdict = [
    likelihoodVerdict(likelihood),
    ...(rows[0] === undefined ? [] : [budgetVerdict(rows[0].name, rows[0].rows, bare)]),
    ...(lead === undefined
      ? []
      : [...latencySentence(lead.name, lead.list, bare), ...speedSentence(lead.name, lead.list, bare)]),
    baselineVerdict(autoregressiveWins.length, group),
  ]
  return {
    group,
    verdict: verdict.filter((s) => s !== '').join(' '),
    likelihood: likelihoodSentences(likelihood),
    budgets: rows.map(({ name, rows: r }) => ({
      metric: name,
      sentences: [budgetVerdict(name, r)],
      table: budgetTable(name, r),
    })),
    latency,
    speed,
    autoregressiveWins,
    controls: [...controlSentences(results, group), ...collapseSentences(lists)],
  }
}

const nameOf = (c: Contender): string => paradigmLabels[c.model.paradigm].toLowerCase()
const setting = (c: Contender): string =>
  c.model.paradigm === 'autoregressive'
    ? nameOf(c)
    : `${nameOf(c)} (${c.point.samplerLabel}, ${c.point.setting})`
/** Writes a contender's value: with its interval in a section, bare in the verdict. */
type Show = (c: Contender) => string
const bare: Show = (c) => num(c.metric.value)
const valueOf: Show = (c) => {
  const ci = c.metric.ci95
  return ci === null ? num(c.metric.value) : `${num(c.metric.value)} [${num(ci[0])}, ${num(ci[1])}]`
}

/** '1.72' for an exact value, 'at most 2.47' for a bound. */
export function bitsText(value: number, bound: boolean): string {
  return bound ? `at most ${value.toFixed(2)}` : value.toFixed(2)
}

function likelihoodVerdict({ entries, exactBest, proven }: LikelihoodFindings): string {
  const bounds = entries.filter((e) => e.bound)
  const parts = entries.map(
    (e) => `${e.model.label.toLowerCase()} ${bitsText(e.metric.value, e.bound)}${e.bound ? '' : ' (exact)'}`,
  )
  if (parts.length === 0) return ''
  const head = `In bits per character on held-out text: ${list(parts)}.`
  if (exactBest === undefined || bounds.length === 0) return head
  if (proven.length > 0)
    return `${head} ${capital(list(proven.map((m) => m.label.toLowerCase())))} beats the exact ${exactBest.metric.value.toFixed(2)} even by its bound.`
  return `${head} The diffusion numbers are upper bounds, so they prove no order beside the exact one.`
}

function likelihoodSentences(findings: LikelihoodFindings): string[] {
  const lines = findings.entries.map(({ model, metric, bound }) => {
    const error = metric.stderr === null ? '' : ` ± ${num(metric.stderr)}`
    const kind = metric.boundType === null ? 'bound type not given' : boundWords[metric.boundType]
    return `${model.label}: ${bitsText(metric.value, bound)}${error} bits per character, ${kind}, n = ${metric.n}.`
  })
  const kinds = new Set(findings.entries.filter((e) => e.bound).map((e) => e.metric.boundType))
  if (kinds.size > 1)
    lines.push('The two bounds are of different kinds and are not ranked against each other.')
  if (findings.exactBest !== undefined && kinds.size > 0)
    lines.push(
      findings.proven.length > 0
        ? `A bound below an exact value is a proof: ${list(findings.proven.map((m) => m.label))} models this text better than ${findings.exactBest.model.label}.`
        : 'A bound above an exact value proves nothing: the model may be better than its bound.',
    )
  return lines
}

function budgetVerdict(metric: string, rows: readonly BudgetRow[], show: Show = valueOf): string {
  if (rows.length === 0) return ''
  const pick = [rows[0], rows[Math.floor((rows.length - 1) / 2)], rows[rows.length - 1]]
  const parts = [...new Set(pick)].map((row) => {
    const only = row.cells.filter((c) => c.best !== undefined).length === 1
    const claim = row.apart ? 'leads' : only ? 'is alone' : 'has the best value, no difference shown'
    return `within ${forwards(row.budget)} forwards ${setting(row.leader)} ${claim} (${show(row.leader)})`
  })
  return `By ${metricWords(metric).short}, ${parts.join('; ')}.`
}

function budgetTable(metric: string, rows: readonly BudgetRow[]): Table {
  const paradigms = rows[0]?.cells.map((c) => paradigmLabels[c.paradigm]) ?? []
  return {
    header: ['forwards at most', ...paradigms, `best ${metricWords(metric).short}`],
    rows: rows.map((row) => [
      forwards(row.budget),
      ...row.cells.map((c) => (c.best === undefined ? '–' : `${valueOf(c.best)} ${c.best.point.setting}`)),
      row.apart
        ? paradigmLabels[row.leader.model.paradigm]
        : row.cells.filter((c) => c.best !== undefined).length === 1
          ? `${paradigmLabels[row.leader.model.paradigm]} (alone)`
          : 'no difference shown',
    ]),
  }
}

function latencySentence(metric: string, contenders: readonly Contender[], show: Show = valueOf): string[] {
  const found = atBaselineLatency(contenders)
  if (found === null || found.baseline.ms === null) return []
  const { baseline, rival, verdict } = found
  const limit = ms(found.baseline.ms)
  const short = metricWords(metric).short
  if (rival === undefined || rival.ms === null)
    return [`No diffusion setting is as fast as the autoregressive ${limit} for a text.`]
  const claim =
    verdict === 'first'
      ? 'autoregressive wins'
      : verdict === 'second'
        ? `${nameOf(rival)} wins`
        : 'no difference shown'
  return [
    `In the ${limit} that the autoregressive model takes for a text, the best diffusion setting by ${short} is ${setting(rival)} with ${show(rival)} in ${ms(rival.ms)}, beside autoregressive ${show(baseline)}: ${claim}.`,
  ]
}

function speedSentence(metric: string, contenders: readonly Contender[], show: Show = valueOf): string[] {
  const found = atBaselineQuality(contenders)
  if (found === null) return []
  const { baseline, rival, ratio, verdict } = found
  const short = metricWords(metric).short
  if (rival === undefined || ratio === null || rival.ms === null || baseline.ms === null)
    return [
      `No timed diffusion setting reaches the autoregressive ${short} of ${show(baseline)}, at any speed.`,
    ]
  const times = `${ms(rival.ms)} against ${ms(baseline.ms)}`
  const claim =
    verdict === 'no difference shown'
      ? `no difference in speed shown (${times})`
      : verdict === 'second'
        ? `${num(ratio)} times faster (${times})`
        : `${num(1 / ratio)} times slower (${times})`
  return [
    `At the autoregressive ${short}, the fastest diffusion setting whose quality is not shown to be worse, ${setting(rival)}, is ${claim}.`,
  ]
}

function winsOfBaseline(
  likelihood: LikelihoodFindings,
  rows: readonly { name: string; rows: BudgetRow[] }[],
  lists: readonly { name: string; list: Contender[] }[],
): string[] {
  const wins: string[] = []
  const { exactBest, proven, entries } = likelihood
  if (exactBest?.model.paradigm === 'autoregressive' && proven.length === 0 && entries.length > 1) {
    const bounds = entries.filter((e) => e.bound).map((e) => bitsText(e.metric.value, true))
    wins.push(
      `Likelihood: the lowest number shown, ${exactBest.metric.value.toFixed(2)} exact beside bounds of ${list(bounds)} (the bounds leave the true order open).`,
    )
  }
  for (const { name, rows: r } of rows) {
    const won = r.filter((row) => row.leader.model.paradigm === 'autoregressive' && row.apart)
    if (won.length > 0)
      wins.push(
        `${capital(metricWords(name).short)}: ahead of both diffusion models from ${forwards(won[0].budget)} forwards on, ${valueOf(won[0].leader)}.`,
      )
  }
  const where = (holds: (list: readonly Contender[]) => boolean): string =>
    list(
      lists.filter((l) => holds(l.list)).map((l) => metricWords(l.name).short),
      'or',
    )
  const quality = where((l) => atBaselineLatency(l)?.verdict === 'first')
  if (quality !== '')
    wins.push(`Within the time that it takes for a text, no diffusion setting matches its ${quality}.`)
  const unreached = where((l) => {
    const speed = atBaselineQuality(l)
    return speed !== null && speed.rival === undefined
  })
  if (unreached !== '') wins.push(`No timed diffusion setting reaches its ${unreached}, at any speed.`)
  const faster = where((l) => atBaselineQuality(l)?.verdict === 'first')
  if (faster !== '') wins.push(`Speed: it is the fastest at its own ${faster}.`)
  return wins
}

function baselineVerdict(wins: number, group: Group): string {
  if (!group.models.some((m) => m.paradigm === 'autoregressive'))
    return 'This group has no autoregressive baseline.'
  return wins === 0 ? 'On these measures the autoregressive baseline wins nowhere.' : ''
}

function controlSentences(results: Results, group: Group): string[] {
  return controlWins(results, group).map(
    (w) =>
      `The control '${w.control}' beats every model on ${metricWords(w.metric).short} (${num(w.value)} against ${num(w.best)}): that metric can be won without writing well, so it does not stand alone.`,
  )
}

function collapseSentences(lists: readonly { list: Contender[] }[]): string[] {
  const points = [
    ...new Map(
      lists.flatMap(({ list: l }) => l.filter((c) => c.collapsed)).map((c) => [c.point.id, c]),
    ).values(),
  ]
  if (points.length === 0) return []
  return [
    `Not ranked, because the entropy of the samples is below 95 % of held-out text (repetition): ${list(points.map(setting))}.`,
  ]
}

function list(parts: readonly string[], last = 'and'): string {
  return parts.length < 2
    ? (parts[0] ?? '')
    : `${parts.slice(0, -1).join(', ')} ${last} ${parts[parts.length - 1]}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
