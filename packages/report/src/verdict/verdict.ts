/** @file The verdict of a report: the first thing that a reader sees, one block for each comparison. */
import { commitOf, machineOf } from '../caption.ts'
import type { Chapter } from '../chapter.ts'
import { baselineOf, type Group } from '../members.ts'
import { count, ms } from '../numbers.ts'
import { latencyOf, pointsOf } from '../select.ts'
import { contestOf } from './contest.ts'
import { verdictRows } from './rows.ts'
import type { VerdictBlock, VerdictRow, VerdictSpec } from './spec.ts'

/** null where nothing is compared with anything. */
export function verdictOf(chapters: readonly Chapter[]): VerdictSpec | null {
  const blocks = chapters.flatMap(blocksOf)
  if (blocks.length === 0) return null
  const bounds = blocks.some(({ rows }) => rows.some(({ cells }) => cells.some((c) => c.mark?.bound)))
  const machines = [...new Set(chapters.map(({ results }) => machineOf(results)))]
  const commits = [...new Set(chapters.map(({ results }) => commitOf(results)))]
  const words = [
    'A cell is the best of its settings, chosen on these same items, with its 95 % interval; marks of a row share a scale.',
    'A leader is named only where the interval of the difference to each other column, paired where the items are the same, excludes zero.',
    bounds && 'An arrow marks an upper bound: the true value lies there or to its left.',
    `Measured with ${machines.join('; ')}; ${commits.join(', ')}.`,
  ]
  return { title: 'Who wins where', blocks, caption: words.filter((w) => w !== false).join(' ') }
}

/** The first group of a chapter that compares something: the reference, where there is one. */
function blocksOf({ slug, results, groups, title, apart, partial }: Chapter): VerdictBlock[] {
  for (const group of groups) {
    const contest = contestOf(group)
    if (contest === null) continue
    const rows = verdictRows({ slug, results, group, contest })
    if (rows.length === 0) continue
    return [
      {
        id: `verdict-${group.slug}`,
        title: results.description ?? title,
        about: `${title}, ${group.label.toLowerCase()}, ${budgetOf(group)}`,
        columns: contest.contestants.map(({ label, stroke }) => ({ label, ...stroke })),
        rows: partial.length > 0 ? rows.map(undecided) : rows,
        notes: [
          ...partial.map((why) => `Partial: ${why}. It decides nothing.`),
          ...fastestNote(group),
          ...(apart === null ? [] : [apart]),
        ],
      },
    ]
  }
  return []
}

/** What is only a part of a measurement names no leader. */
const undecided = (row: VerdictRow): VerdictRow => ({ ...row, leader: null, outcome: 'partial: undecided' })

/** '0.80 M parameters, 16.4 M training tokens', as ranges. */
function budgetOf({ models }: Group): string {
  const range = (values: readonly number[]): string => {
    const [low, high] = [count(Math.min(...values)), count(Math.max(...values))]
    return low === high ? low : `${low} to ${high}`
  }
  const trained = models.filter((m) => m.parameters > 0)
  if (trained.length === 0) return 'nothing trained'
  return `${range(trained.map((m) => m.parameters))} parameters, ${range(trained.map((m) => m.trainingTokens))} training tokens`
}

/** One line where the baseline is faster than every setting of every other model. */
function fastestNote(group: Group): string[] {
  const baseline = baselineOf(group)
  const times = pointsOf(group).flatMap(({ model, point }) => {
    const latency = latencyOf(point)
    return latency === undefined ? [] : [{ model, latency }]
  })
  const own = times.find(({ model }) => model === baseline)
  const others = times.filter(({ model }) => model !== baseline)
  if (own === undefined || others.length === 0) return []
  const { ci95, p50 } = own.latency
  const faster = others.every(
    ({ latency }) => ci95 !== null && latency.ci95 !== null && ci95[1] < latency.ci95[0],
  )
  return faster
    ? [`Autoregression is faster than every other setting measured here: ${ms(p50)} at batch 1.`]
    : []
}
