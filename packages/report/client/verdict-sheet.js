/** @file The verdict on a canvas: the same table as on the page, for a PNG or an SVG. Types: verdict-sheet.d.ts. */
import { letters, withAlpha, wrapText } from './paint.js'
import { legendMark } from './sheet.js'

const margin = 32
const pad = 14
const lineHeight = 17

/** Shares of the width: the question, the verdict; contestants share the rest. */
const [questionShare, outcomeShare] = [0.25, 0.14]

/** Draws the verdict when `ctx` is no measuring one; returns the height that it takes. */
export function drawVerdict(ctx, { title, blocks, caption }, look, width, measuring = false) {
  const pen = penOf(ctx, look, measuring)
  let y = margin + 16
  pen.text(title, margin, y, { size: 20, weight: 600 })
  y += 16
  for (const block of blocks) y = drawBlock(pen, block, y + 18, width) + 10
  y += 14
  for (const line of pen.wrap(caption, width - 2 * margin, { size: 12.5 })) {
    pen.text(line, margin, y, { size: 12.5, muted: true })
    y += 18
  }
  return Math.ceil(y + margin - 18)
}

/** Text and shapes, or their sizes alone. */
function penOf(ctx, look, measuring) {
  const { theme, font } = look
  const set = ({ size, weight = 400 }) => {
    ctx.font = `${weight} ${size}px ${font}`
  }
  return {
    ctx,
    theme,
    measuring,
    text(words, x, y, style) {
      if (measuring) return
      set(style)
      ctx.textAlign = 'left'
      ctx.textBaseline = 'alphabetic'
      ctx.fillStyle = style.colour ?? (style.muted ? theme.muted : theme.ink)
      ctx.fillText(words, x, y)
    },
    width(words, style) {
      set(style)
      return ctx.measureText(words).width
    },
    wrap(words, width, style) {
      set(style)
      return wrapText(ctx, words, width)
    },
  }
}

function drawBlock(pen, { title, about, columns, rows, notes }, top, width) {
  const inner = width - 2 * margin
  const [first, last] = [questionShare * inner, outcomeShare * inner]
  const cell = (inner - first - last) / columns.length
  const xs = columns.map((_, i) => margin + first + i * cell)
  // Many contestants leave no room beside a value: its interval, and a name, then stand below.
  const stacked = !fits(pen, { columns, rows }, cell - 2 * pad)
  let y = top + 8
  pen.text(title, margin, y, { size: 16, weight: 600 })
  y += 20
  pen.text(about, margin, y, { size: 12.5, muted: true })
  y += 26
  const names = columns.map(({ label }) => (stacked ? pen.wrap(label, cell - pad, name) : [label]))
  columns.forEach((column, i) => {
    if (!pen.measuring) legendMark(pen.ctx, pen.theme, { ...column, line: true }, xs[i] + pad, y - 4)
    names[i].forEach((line, k) =>
      pen.text(line, xs[i] + pad + (stacked ? 0 : 48), y + (stacked ? (k + 1) * lineHeight : 0), name),
    )
  })
  y += 10 + (stacked ? Math.max(...names.map((lines) => lines.length)) * lineHeight : 0)
  for (const row of rows) y = drawRow(pen, { row, columns, xs, first, cell, last, stacked }, y, width)
  for (const note of notes) {
    y += 4
    for (const line of pen.wrap(note, inner, { size: 13 })) {
      y += 18
      pen.text(line, margin, y, { size: 13 })
    }
  }
  return y + 8
}

const name = { size: 13.5, weight: 600 }
const number = { size: 18, weight: 600 }

/** Whether every name and every value with its interval has one line of `width`. */
function fits(pen, { columns, rows }, width) {
  return (
    columns.every(({ label }) => pen.width(label, name) + 48 <= width) &&
    rows.every(({ cells }) =>
      cells.every(
        ({ value, interval }) => pen.width(value, number) + 8 + pen.width(interval, { size: 12 }) <= width,
      ),
    )
  )
}

function drawRow(pen, { row, columns, xs, first, cell, last, stacked }, top, width) {
  const question = pen.wrap(row.question, first - pad, { size: 14, weight: 600 })
  const hint = pen.wrap(row.hint, first - pad, { size: 12 })
  const abouts = row.cells.map(({ about }) => pen.wrap(about, cell - 2 * pad, { size: 12 }))
  const outcome = pen.wrap(row.outcome, last - pad, { size: 13, weight: 600 })
  const lines = Math.max(...abouts.map((a) => a.length))
  const height = Math.max(
    question.length * lineHeight + hint.length * 15 + 18,
    56 + lines * 15 + (stacked ? 15 : 0),
    outcome.length * lineHeight + 24,
  )
  const { ctx, theme } = pen
  if (!pen.measuring) {
    if (row.leader !== null) {
      const colour = theme.inks[columns[row.leader].ink]
      ctx.fillStyle = withAlpha(colour, 0.13)
      ctx.fillRect(xs[row.leader], top, cell, height)
      ctx.fillStyle = colour
      ctx.fillRect(xs[row.leader], top, 3, height)
    }
    ctx.fillStyle = theme.grid
    ctx.fillRect(margin, top, width - 2 * margin, 1)
  }
  let y = top + 23
  for (const line of question) {
    pen.text(line, margin, y, { size: 14, weight: 600 })
    y += lineHeight
  }
  for (const line of hint) {
    pen.text(line, margin, y - 1, { size: 12, muted: true })
    y += 15
  }
  row.cells.forEach((c, i) =>
    drawCell(pen, c, columns[i], { x: xs[i] + pad, top, width: cell - 2 * pad, about: abouts[i], stacked }),
  )
  const colour = row.leader === null ? theme.muted : letters(theme, columns[row.leader].ink)
  outcome.forEach((line, i) =>
    pen.text(line, width - margin - last + pad, top + 24 + i * lineHeight, {
      size: 13,
      weight: row.leader === null ? 400 : 600,
      colour,
    }),
  )
  return top + height
}

function drawCell(pen, { value, interval, mark: place }, { ink }, { x, top, width, about, stacked }) {
  pen.text(value, x, top + 26, { ...number, muted: value === '–' })
  const after = stacked ? x : x + pen.width(value, number) + 8
  pen.text(interval, after, top + (stacked ? 42 : 25), { size: 12, muted: true })
  const below = stacked ? 15 : 0
  let y = top + 46 + below
  if (place !== null) {
    if (!pen.measuring) strip(pen, place, ink, x, top + 38 + below, width)
    y += 14
  }
  for (const line of about) {
    pen.text(line, x, y, { size: 12, muted: true })
    y += 15
  }
}

function strip({ ctx, theme }, { at, low, high, bound }, ink, x, y, width) {
  const to = (share) => x + 5 + share * (width - 10)
  ctx.fillStyle = theme.grid
  ctx.fillRect(x, y - 0.5, width, 1)
  ctx.fillStyle = withAlpha(theme.inks[ink], 0.55)
  ctx.fillRect(to(low), y - 1, to(high) - to(low), 2)
  ctx.fillStyle = theme.inks[ink]
  ctx.beginPath()
  if (bound) {
    ctx.moveTo(to(at) - 5, y)
    ctx.lineTo(to(at) + 5, y - 5)
    ctx.lineTo(to(at) + 5, y + 5)
    ctx.closePath()
  } else ctx.arc(to(at), y, 4.5, 0, 2 * Math.PI)
  ctx.fill()
}
