/** @file A block of the verdict as a table of words, for summary.md. */
import type { Table } from '../words/table.ts'
import type { VerdictBlock, VerdictCell } from './spec.ts'

export function verdictTable({ columns, rows }: Pick<VerdictBlock, 'columns' | 'rows'>): Table {
  return {
    header: ['question', ...columns.map((c) => c.label), 'verdict'],
    rows: rows.map(({ question, hint, cells, outcome }) => ({
      model: null,
      cells: [`${question} (${hint})`, ...cells.map(cellText), outcome],
    })),
  }
}

const cellText = ({ value, interval, about }: VerdictCell): string =>
  `${[value, interval].join(' ').trim()}, ${about}`
