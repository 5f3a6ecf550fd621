/**
 * @file A figure as one sheet: title, legend, panels and caption on any 2D context, so that the PNG, the SVG and what the page
 * offers for download are one drawing. Types: sheet.d.ts.
 */
import { traceMark } from './marks.js'
import { fitText, wrapText } from './paint.js'

const margin = 32
const gap = 28
const rowGap = 14
const markWidth = 40
/** Title and hint above a chart. */
const headOfPanel = 40
const widths = { 1: 760, 2: 1040, 3: 1240 }

/** How many columns the first of `count` panels spans, so that every row of the grid is full. */
export function leadSpan(count, columns) {
  return columns - ((count - 1) % columns)
}

/** Where everything stands. `ctx` only measures. */
export function sheetLayout(ctx, figure, { font }, width = widths[figure.columns]) {
  ctx.font = `400 12.5px ${font}`
  const caption = wrapText(ctx, figure.caption, width - 2 * margin)
  const legend = legendRows(ctx, figure.legend, width - 2 * margin)
  const head = margin + 30 + (figure.group === '' ? 0 : 20) + legend.length * 22 + 14
  const { places, bottom } = placesOf(figure, width, head)
  const height = Math.ceil(bottom + 22 + caption.length * 18 + margin - 10)
  return { width, height, caption, legend, places, bottom }
}

/** `paintPanel(panel, place)` draws a chart into its place: charts need a canvas of their own. */
export function drawSheet(ctx, figure, { theme, font }, layout, paintPanel) {
  ctx.textAlign = 'left'
  ctx.textBaseline = 'alphabetic'
  ctx.fillStyle = theme.ink
  ctx.font = `600 20px ${font}`
  ctx.fillText(figure.title, margin, margin + 16)
  let y = margin + 38
  ctx.font = `400 13.5px ${font}`
  if (figure.group !== '') {
    ctx.fillStyle = theme.muted
    ctx.fillText(figure.group, margin, y)
    y += 20
  }
  for (const row of layout.legend) {
    y += 4
    for (const { entry, text, x } of row) {
      legendMark(ctx, theme, entry, margin + x, y)
      ctx.fillStyle = theme.ink
      ctx.font = `400 12.5px ${font}`
      ctx.fillText(text, margin + x + markWidth + 8, y + 4.5)
    }
    y += 18
  }
  figure.panels.forEach((panel, i) => {
    const { x, y: top, width, height } = layout.places[i]
    ctx.fillStyle = theme.ink
    ctx.font = `600 14px ${font}`
    ctx.fillText(fitText(ctx, panel.title, width), x, top + 12)
    ctx.fillStyle = theme.muted
    ctx.font = `400 12px ${font}`
    ctx.fillText(panel.hint, x, top + 30)
    paintPanel(panel, { x, y: top + headOfPanel, width, height })
  })
  ctx.fillStyle = theme.muted
  ctx.font = `400 12.5px ${font}`
  layout.caption.forEach((line, i) => ctx.fillText(line, margin, layout.bottom + 30 + 18 * i))
}

/** The grid of the page: every row is full, the first panel spans what would be left over. */
function placesOf({ panels, columns, panelHeight: height }, width, top) {
  const cell = Math.floor((width - 2 * margin - (columns - 1) * gap) / columns)
  const span = leadSpan(panels.length, columns)
  const rowHeight = height + headOfPanel + 6
  const places = panels.map((_, i) => {
    const at = i === 0 ? 0 : i + span - 1
    const wide = i === 0 ? span : 1
    return {
      x: margin + (at % columns) * (cell + gap),
      y: top + Math.floor(at / columns) * (rowHeight + rowGap),
      width: wide * cell + (wide - 1) * gap,
      height,
    }
  })
  return { places, bottom: Math.max(...places.map((p) => p.y)) + rowHeight }
}

/** Entries in rows; a name longer than a row is cut. */
function legendRows(ctx, legend, width) {
  const rows = []
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

/** As wide as in the page's legend. */
export function legendMark(ctx, theme, { ink, shape, dash, line }, x, y) {
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
