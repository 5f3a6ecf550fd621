/** @file Result files to charts, HTML, PNG, CSV and Markdown. */
export { toCsv } from './csv.ts'
export type {
  Axis,
  Bar,
  BarPanel,
  CsvTable,
  FigurePoint,
  FigureSpec,
  PanelSpec,
  Role,
  Series,
  XYPanel,
} from './figure.ts'
export { figures } from './figures.ts'
export { paretoFront } from './pareto.ts'
export { renderPng } from './png.ts'
export { buildReport, type ReportFiles } from './report.ts'
export { summarise } from './summary.ts'
