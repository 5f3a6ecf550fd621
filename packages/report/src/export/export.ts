/** @file The formats that results leave in, one row each. */
import type { Results } from '@trivium/schema'
import { toCsv } from '../csv.ts'
import { slug } from '../members.ts'
import { toEveryEvalEver } from './eee.ts'
import { toLmEval } from './lm-eval.ts'
import { toTable } from './table.ts'

/** A file of an export; the path is relative, and no name of the results leads out of the folder. */
export type ExportedFile = { readonly path: string; readonly text: string }

const asJson = (files: readonly { path: string; value: unknown }[]): ExportedFile[] =>
  files.map(({ path, value }) => ({ path, text: `${JSON.stringify(value, null, 2)}\n` }))

export const exportFormats = ['eee', 'lm-eval', 'csv'] as const
export type ExportFormat = (typeof exportFormats)[number]

const formats: Readonly<Record<ExportFormat, (results: Results) => ExportedFile[]>> = {
  eee: (results: Results) => asJson(toEveryEvalEver(results)),
  'lm-eval': (results: Results) => asJson(toLmEval(results)),
  csv: (results: Results) => [
    { path: `${slug(results.name) || 'results'}.csv`, text: toCsv(toTable(results)) },
  ],
}

/** The files of one format: of every model one, or a table of all. */
export const exportResults = (results: Results, format: ExportFormat): ExportedFile[] =>
  formats[format](results)
