/** @file Result files to figures, Chart.js configurations, CSV and Markdown; browser-safe. PNG and files: `./node`. */
export { toCsv } from './csv.ts'
export { chartConfig, type Look } from './draw.ts'
export { type ExportedFile, type ExportFormat, exportFormats, exportResults } from './export/export.ts'
export type {
  Axis,
  Bar,
  BarPanel,
  CsvTable,
  FigurePoint,
  FigureSpec,
  Guide,
  Ink,
  LegendEntry,
  PanelSpec,
  Series,
  Shape,
  Stroke,
  XYPanel,
} from './figure.ts'
export { figures } from './figures.ts'
export { type Theme, themes } from './palette.ts'
export { paretoFront } from './pareto.ts'
export { summarise } from './summary.ts'
