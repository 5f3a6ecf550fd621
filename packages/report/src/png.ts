/**
 * @file A figure as a PNG: title, legend, panels and caption on one light sheet at twice the pixels. Text is set in
 * Inter, which comes with this package, so that a machine without fonts draws the same picture.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Canvas, createCanvas, GlobalFonts, Path2D, type SKRSContext2D } from '@napi-rs/canvas'
import { Chart, registerables } from 'chart.js'
import type { Look } from '#client/charts.d.ts'
import { chartConfig, markPaths } from '#client/charts.js'
import type { FigureSpec, PanelSpec } from './figure.ts'
import { themes } from './palette.ts'

const family: Look['font'] = '"Trivium Inter", "Trivium Inter Greek", "Trivium Inter Extended", sans-serif'
const theme = themes.light
const scale = 2
const margin = 32
const gap = 28

let ready = false

/** Registers Chart.js parts and the bundled fonts once. */
function prepare(): void {
  if (ready) return
  Chart.register(...registerables)
  const require = createRequire(import.meta.url)
  const files = join(dirname(require.resolve('@fontsource/inter/package.json')), 'files')
  const subsets = {
    latin: 'Trivium Inter',
    greek: 'Trivium Inter Greek',
    'latin-ext': 'Trivium Inter Extended',
  }
  for (const [subset, name] of Object.entries(subsets))
    for (const weight of [400, 600])
      GlobalFonts.registerFromPath(join(files, `inter-${subset}-${weight}-normal.woff2`), name)
  ready = true
}

/**
 * Draws a figure. `width` is in CSS pixels (the file is twice as wide). Returns the bytes of a PNG.
 */
export function renderPng(figure: FigureSpec, width: number = defaultWidth(figure)): Buffer {
  prepare()
  const measure = createCanvas(8, 8).getContext('2d')
  measure.font = `400 12.5px ${family}`
  const caption = wrapText(measure, figure.caption, width - 2 * margin)
  const legend = legendRows(measure, figure, width - 2 * margin)
  const rows = Math.ceil(figure.panels.length / figure.columns)
  const headHeight = margin + 30 + (figure.group === '' ? 0 : 20) + legend.length * 22 + 14
  const panelHeight = figure.panelHeight + 46
  const height = Math.ceil(
    headHeight + rows * panelHeight + (rows - 1) * 14 + 22 + caption.length * 18 + margin - 10,
  )
  const sheet = createCanvas(width * scale, height * scale)
  const ctx = sheet.getContext('2d')
  ctx.scale(scale, scale)
  ctx.fillStyle = theme.surface
  ctx.fillRect(0, 0, width, height)
  drawHead(ctx, figure, legend)
  const panelWidth = Math.floor((width - 2 * margin - (figure.columns - 1) * gap) / figure.columns)
  figure.panels.forEach((panel, i) => {
    const x = margin + (i % figure.columns) * (panelWidth + gap)
    const y = headHeight + Math.floor(i / figure.columns) * (panelHeight + 14)
    drawPanel(ctx, panel, x, y, panelWidth, figure.panelHeight)
  })
  ctx.fillStyle = theme.muted
  ctx.font = `400 12.5px ${family}`
  const captionTop = headHeight + rows * panelHeight + (rows - 1) * 14 + 30
  caption.forEach((line, i) => ctx.fillText(line, margin, captionTop + 18 * i))
  return sheet.toBuffer('image/png')
}

function defaultWidth(figure: FigureSpec): number {
  return figure.columns === 3 ? 1240 : figure.columns === 2 ? 1040 : 760
}

type Legend = { entry: FigureSpec['legend'][number]; x: number }[][]

function legendRows(ctx: SKRSContext2D, figure: FigureSpec, width: number): Legend {
  const rows: Legend = []
  let x = width + 1
  for (const entry of figure.legend) {
    const step = 34 + ctx.measureText(entry.label).width + 24
    if (x + step - 24 > width) {
      rows.push([])
      x = 0
    }
    rows[rows.length - 1].push({ entry, x })
    x += step
  }
  return rows
}

function drawHead(ctx: SKRSContext2D, figure: FigureSpec, legend: Legend): void {
  ctx.textBaseline = 'alphabetic'
  ctx.fillStyle = theme.ink
  ctx.font = `600 20px ${family}`
  ctx.fillText(figure.title, margin, margin + 16)
  let y = margin + 38
  ctx.font = `400 13.5px ${family}`
  if (figure.group !== '') {
    ctx.fillStyle = theme.muted
    ctx.fillText(figure.group, margin, y)
    y += 20
  }
  for (const row of legend) {
    y += 4
    for (const { entry, x } of row) {
      const colour = theme.roles[entry.role]
      if (entry.line) {
        ctx.strokeStyle = colour
        ctx.lineWidth = 2
        ctx.setLineDash(entry.quiet ? [5, 3] : [])
        ctx.beginPath()
        ctx.moveTo(margin + x, y)
        ctx.lineTo(margin + x + 26, y)
        ctx.stroke()
        ctx.setLineDash([])
      }
      ctx.save()
      ctx.translate(margin + x + 7, y - 6)
      ctx.fillStyle = colour
      const mark = new Path2D(markPaths[entry.shape])
      ctx.fill(mark)
      ctx.restore()
      ctx.fillStyle = theme.ink
      ctx.font = `400 12.5px ${family}`
      ctx.fillText(entry.label, margin + x + 34, y + 4.5)
    }
    y += 18
  }
}

function drawPanel(
  ctx: SKRSContext2D,
  panel: PanelSpec,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  ctx.fillStyle = theme.ink
  ctx.font = `600 14px ${family}`
  ctx.fillText(panel.title, x, y + 12)
  ctx.fillStyle = theme.muted
  ctx.font = `400 12px ${family}`
  ctx.fillText(panel.hint, x, y + 30)
  ctx.drawImage(drawChart(panel, width, height), x, y + 40, width, height)
}

function drawChart(panel: PanelSpec, width: number, height: number): Canvas {
  const canvas = createCanvas(width, height)
  // Chart.js wants a DOM canvas by type; it uses only the 2D context, which is the same.
  const chart = new Chart(
    canvas as unknown as ConstructorParameters<typeof Chart>[0],
    chartConfig(panel, { theme, font: family, animate: false }),
  )
  chart.draw()
  const copy = createCanvas(canvas.width, canvas.height)
  copy.getContext('2d').drawImage(canvas, 0, 0)
  chart.destroy()
  return copy
}

/** Greedy line breaking at spaces. */
function wrapText(ctx: SKRSContext2D, text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (line !== '' && ctx.measureText(next).width > width) {
      lines.push(line)
      line = word
    } else line = next
  }
  return line === '' ? lines : [...lines, line]
}
