/**
 * @file A figure as a PNG: title, legend, panels and caption on one light sheet at twice the pixels. Text is set in
 * Inter, which comes with this package, so that a machine without fonts draws the same picture.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Canvas, createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'
import { Chart, registerables } from 'chart.js'
import { traceMark } from '#client/marks.js'
import { fitText } from '#client/paint.js'
import { chartConfig } from '../draw.ts'
import { type FigureSpec, type LegendEntry, leadSpan, type PanelSpec } from '../figure.ts'
import { themes } from '../palette.ts'

const family = '"Trivium Inter", "Trivium Inter Greek", "Trivium Inter Extended", sans-serif'
const theme = themes.light
const scale = 2
const margin = 32
const gap = 28
const rowGap = 14
const markWidth = 40
/** Title and hint above a chart. */
const headOfPanel = 40

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
export function renderPng(figure: FigureSpec, width: number = defaultWidths[figure.columns]): Uint8Array {
  prepare()
  const measure = createCanvas(8, 8).getContext('2d')
  measure.font = `400 12.5px ${family}`
  const caption = wrapText(measure, figure.caption, width - 2 * margin)
  const legend = legendRows(measure, figure.legend, width - 2 * margin)
  const headHeight = margin + 30 + (figure.group === '' ? 0 : 20) + legend.length * 22 + 14
  const { places, bottom } = placesOf(figure, width, headHeight)
  const height = Math.ceil(bottom + 22 + caption.length * 18 + margin - 10)
  const sheet = createCanvas(width * scale, height * scale)
  const ctx = sheet.getContext('2d')
  ctx.scale(scale, scale)
  ctx.fillStyle = theme.surface
  ctx.fillRect(0, 0, width, height)
  drawHead(ctx, figure, legend)
  figure.panels.forEach((panel, i) => drawPanel(ctx, panel, places[i]))
  ctx.fillStyle = theme.muted
  ctx.font = `400 12.5px ${family}`
  caption.forEach((line, i) => ctx.fillText(line, margin, bottom + 30 + 18 * i))
  return sheet.toBuffer('image/png')
}

const defaultWidths = { 1: 760, 2: 1040, 3: 1240 } as const

interface Place {
  x: number
  y: number
  width: number
  /** Of the chart, below title and hint. */
  height: number
}

/** The grid of the page: every row is full, the first panel spans what would be left over. */
function placesOf(figure: FigureSpec, width: number, top: number): { places: Place[]; bottom: number } {
  const { panels, columns, panelHeight: height } = figure
  const cell = Math.floor((width - 2 * margin - (columns - 1) * gap) / columns)
  const span = leadSpan(panels.length, columns)
  const rowHeight = height + headOfPanel + 6
  const places = panels.map((_, i): Place => {
    const at = i === 0 ? 0 : i + span - 1
    const [column, row] = [at % columns, Math.floor(at / columns)]
    const wide = i === 0 ? span : 1
    return {
      x: margin + column * (cell + gap),
      y: top + row * (rowHeight + rowGap),
      width: wide * cell + (wide - 1) * gap,
      height,
    }
  })
  return { places, bottom: Math.max(...places.map((p) => p.y)) + rowHeight }
}

type LegendRows = { entry: LegendEntry; text: string; x: number }[][]

/** Entries in rows; a name longer than a row is cut. */
function legendRows(ctx: SKRSContext2D, legend: readonly LegendEntry[], width: number): LegendRows {
  const rows: LegendRows = []
  let x = width + 1
  for (const entry of legend) {
    const text = fitText(ctx, entry.label, width - markWidth - 8)
    const wide = markWidth + 8 + ctx.measureText(text).width
    if (x + wide > width) {
      rows.push([])
      x = 0
    }
    rows[rows.length - 1].push({ entry, text, x })
    x += wide + 24
  }
  return rows
}

function drawHead(ctx: SKRSContext2D, figure: FigureSpec, legend: LegendRows): void {
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
    for (const { entry, text, x } of row) {
      drawLegendMark(ctx, entry, margin + x, y)
      ctx.fillStyle = theme.ink
      ctx.font = `400 12.5px ${family}`
      ctx.fillText(text, margin + x + markWidth + 8, y + 4.5)
    }
    y += 18
  }
}

/** As wide as in the page's legend. */
function drawLegendMark(
  ctx: SKRSContext2D,
  { ink, shape, dash, line }: LegendEntry,
  x: number,
  y: number,
): void {
  ctx.strokeStyle = theme.inks[ink]
  ctx.fillStyle = theme.inks[ink]
  if (line) {
    ctx.lineWidth = 2
    ctx.setLineDash([...dash])
    ctx.beginPath()
    ctx.moveTo(x, y)
    ctx.lineTo(x + markWidth, y)
    ctx.stroke()
    ctx.setLineDash([])
  }
  traceMark(ctx, shape, x + markWidth / 2, y, 1)
  ctx.fill()
}

function drawPanel(ctx: SKRSContext2D, panel: PanelSpec, { x, y, width, height }: Place): void {
  ctx.fillStyle = theme.ink
  ctx.font = `600 14px ${family}`
  ctx.fillText(fitText(ctx, panel.title, width), x, y + 12)
  ctx.fillStyle = theme.muted
  ctx.font = `400 12px ${family}`
  ctx.fillText(panel.hint, x, y + 30)
  ctx.drawImage(drawChart(panel, width, height), x, y + headOfPanel, width, height)
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
