/** @file The verdict as plain data: questions down, contestants across, each cell a value with its interval. */
import type { Stroke } from '../figure.ts'

export interface VerdictCell {
  /** '0.84', 'at most 2.24', '55.0 ms'; '–' where there is none. */
  value: string
  /** '[0.81, 0.87]'; empty without an interval. */
  interval: string
  /** The setting behind the value, or why there is none. */
  about: string
  /** Where value and interval stand between the ends of the row, 0 … 1; null where there is nothing to compare. */
  mark: { at: number; low: number; high: number; bound: boolean } | null
}

export interface VerdictRow {
  id: string
  question: string
  /** What is measured, and which way is better. */
  hint: string
  /** One a column. */
  cells: VerdictCell[]
  /** The column that leads; null where no difference is shown. */
  leader: number | null
  /** In words: who leads, or why nobody does. */
  outcome: string
  /** Id of the figure that shows it, where there is one. */
  figure: string | null
}

export interface VerdictBlock {
  id: string
  title: string
  /** Data and budget, in few words. */
  about: string
  columns: (Stroke & { label: string })[]
  rows: VerdictRow[]
  /** What the rows cannot say, a sentence each. */
  notes: string[]
}

export interface VerdictSpec {
  title: string
  blocks: VerdictBlock[]
  caption: string
}
