/** @file Figures and the verdict as SVG: the drawing of the PNGs on a context that writes paths and text. */
import { createCanvas } from '@napi-rs/canvas'
import { Chart } from 'chart.js'
import { drawSheet, sheetLayout } from '#client/sheet.js'
import { svgContext, svgFile } from '#client/svg.js'
import { chartMarkup } from '#client/svg-chart.js'
import { drawVerdict } from '#client/verdict-sheet.js'
import type { FigureSpec } from '../figure.ts'
import { themes } from '../palette.ts'
import type { VerdictSpec } from '../verdict/spec.ts'
import { prepareDrawing } from './fonts.ts'
import { verdictWidth } from './png.ts'

/** Inter where a reader has it: the picture names fonts, it does not carry them. */
const look = { theme: themes.light, font: 'Inter, ui-sans-serif, system-ui, sans-serif', animate: false }

/** The SVG file of a figure, as text. */
export function renderSvg(figure: FigureSpec): string {
  prepareDrawing()
  const measure = createCanvas(8, 8).getContext('2d')
  const layout = sheetLayout(measure, figure, look)
  const ctx = svgContext(measure, figure.id)
  drawSheet(ctx, figure, look, layout, (panel, { x, y, width, height }) =>
    ctx.place(
      chartMarkup(Chart, panel, look, { width, height, measure, name: `${figure.id}-${panel.id}` }),
      x,
      y,
    ),
  )
  return svgFile(ctx.markup(), layout.width, layout.height, look.theme.surface)
}

/** The SVG file of the verdict, as text. */
export function renderVerdictSvg(verdict: VerdictSpec): string {
  prepareDrawing()
  const ctx = svgContext(createCanvas(8, 8).getContext('2d'), 'verdict')
  const height = drawVerdict(ctx, verdict, look, verdictWidth, true)
  drawVerdict(ctx, verdict, look, verdictWidth)
  return svgFile(ctx.markup(), verdictWidth, height, look.theme.surface)
}
