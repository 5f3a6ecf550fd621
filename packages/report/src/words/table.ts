/** @file A table of words, rendered as Markdown by the summary and as HTML by the page. */
import type { Member } from '../members.ts'

export interface Table {
  header: string[]
  /** `model`: whose row it is; its mark stands before its name in the first cell, its alias behind it. */
  rows: { model: Member | null; cells: string[] }[]
}
