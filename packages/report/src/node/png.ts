/** @file Figures and the verdict as PNGs, on a light sheet at twice the pixels. */
import { type Canvas, createCanvas } from '@napi-rs/canvas'
import { Chart } from 'chart.js'
import { drawSheet, sheetLayout } from '#client/sheet.js'
import { drawVerdict } from '#client/verdict-sheet.js'
import { chartConfig } from '../draw.ts'
import type { FigureSpec, PanelSpec } from '../figure.ts'
import { themes } from '../palette.ts'
import type { VerdictSpec } from '../verdict/spec.ts'
import { family, prepareDrawing } from './fonts.ts'

const scale = 2
const look = { theme: themes.light, font: family, animate: false }

/** Draws a figure. `width` is in CSS pixels (the file is twice as wide). Returns the bytes of a PNG. */
export function renderPng(figure: FigureSpec, width?: number): Uint8Array {
  prepareDrawing()
  const layout = sheetLayout(createCanvas(8, 8).getContext('2d'), figure, look, width)
  const { sheet, ctx } = sheetOf(layout.width, layout.height)
  drawSheet(ctx, figure, look, layout, (panel, place) =>
    ctx.drawImage(chartOf(panel, place.width, place.height), place.x, place.y, place.width, place.height),
  )
  return sheet.toBuffer('image/png')
}

/** Of the width of a page with two margins, so that a README can show it. */
export const verdictWidth = 1120

/** Draws the verdict. Returns the bytes of a PNG. */
export function renderVerdict(verdict: VerdictSpec): Uint8Array {
  prepareDrawing()
  const height = drawVerdict(createCanvas(8, 8).getContext('2d'), verdict, look, verdictWidth, true)
  const { sheet, ctx } = sheetOf(verdictWidth, height)
  drawVerdict(ctx, verdict, look, verdictWidth)
  return sheet.toBuffer('image/png')
}

function sheetOf(width: number, height: number): { sheet: Canvas; ctx: ReturnType<Canvas['getContext']> } {
  const sheet = createCanvas(width * scale, height * scale)
  const ctx = sheet.getContext('2d')
  ctx.scale(scale, scale)
  ctx.fillStyle = look.theme.surface
  ctx.fillRect(0, 0, width, height)
  return { sheet, ctx }
}

function chartOf(panel: PanelSpec, width: number, height: number): Canvas {
  const canvas = createCanvas(width, height)
  // Chart.js wants a DOM canvas by type; it uses only the 2D context, which is the same.
  const chart = new Chart(
    canvas as unknown as ConstructorParameters<typeof Chart>[0],
    chartConfig(panel, look),
  )
  chart.draw()
  const copy = createCanvas(canvas.width, canvas.height)
  copy.getContext('2d').drawImage(canvas, 0, 0)
  chart.destroy()
  return copy
}
