/** @file Who is best within how many forwards: a sentence and a table, one column a model. */
import type { MetricName } from '@trivium/schema'
import type { BudgetRow } from '../findings.ts'
import { settingOf } from '../members.ts'
import { forwards, nfe } from '../numbers.ts'
import { leaderText, type Show, saidSetting, shortOf, valueOf } from './phrases.ts'
import type { Table } from './table.ts'

/** The smallest, the middle and the largest budget. */
export function budgetVerdict(metric: MetricName, rows: readonly BudgetRow[], show: Show = valueOf): string {
  if (rows.length === 0) return ''
  const picked = [...new Set([rows[0], rows[Math.floor((rows.length - 1) / 2)], rows[rows.length - 1]])]
  const by = `By ${shortOf(metric)},`
  if (rows[0].cells.length === 1) {
    const parts = picked.map(
      ({ budget, leader }) => `${show(leader)} within ${forwards(budget)} (${settingOf(leader.point)})`,
    )
    return `${by} the best is ${parts.join('; ')}.`
  }
  const parts = picked.map((row) => {
    const claim = row.apart ? 'leads' : row.alone ? 'is alone' : 'has the best value, no difference shown'
    return `within ${forwards(row.budget)} ${saidSetting(row.leader)} ${claim} (${show(row.leader)})`
  })
  return `${by} ${parts.join('; ')}.`
}

export function budgetTable(metric: MetricName, rows: readonly BudgetRow[]): Table {
  const models = rows[0]?.cells.map((c) => c.model) ?? []
  const ranked = models.length > 1
  return {
    header: [
      'forwards at most',
      ...models.map((m) => m.name),
      ...(ranked ? [`best ${shortOf(metric)}`] : []),
    ],
    rows: rows.map((row) => ({
      model: null,
      cells: [
        nfe(row.budget),
        ...row.cells.map(({ best }) => (best === undefined ? '–' : `${valueOf(best)} ${best.point.setting}`)),
        ...(ranked ? [leaderText(row)] : []),
      ],
    })),
  }
}
