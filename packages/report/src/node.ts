/** @file The report as files: PNGs, and a folder with page, figures, CSVs and summary. */
export { renderPng } from './node/png.ts'
export { buildReport, type ReportFiles } from './node/report.ts'
