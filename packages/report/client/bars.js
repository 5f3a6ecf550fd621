/** @file Panels of kind 'bars': one lying bar a model, bounds hatched, summands stacked. */
import { axisOptions, commonOptions } from './axes.js'
import { guidesPlugin } from './guides.js'
import { tickText, withAlpha, wrapName } from './paint.js'

export function barConfig(panel, look) {
  const common = commonOptions(panel, look)
  common.plugins.tooltip.callbacks = {
    title: (items) => panel.bars[items[0]?.dataIndex ?? 0].label,
    label: (item) => {
      const { parts, tips } = panel.bars[item.dataIndex]
      const part = parts[item.datasetIndex]
      return parts.length > 1 ? [`${part.label}: ${tickText(part.value)}`, ...tips] : tips
    },
  }
  return {
    type: 'bar',
    data: { labels: panel.bars.map((b) => b.label), datasets: datasets(panel, look.theme) },
    options: {
      ...common,
      indexAxis: 'y',
      scales: { x: { ...axisOptions(panel.x, look, true), stacked: true }, y: nameAxis(panel.bars, look) },
    },
    plugins: [guidesPlugin(panel, look), barMarksPlugin(panel, look)],
  }
}

/** One dataset a summand, from left to right; later ones are paler. */
function datasets(panel, theme) {
  const depth = Math.max(...panel.bars.map((b) => b.parts.length))
  return Array.from({ length: depth }, (_, k) => ({
    label: `part ${k + 1}`,
    data: panel.bars.map((b) => b.parts[k]?.value ?? null),
    backgroundColor: panel.bars.map((b) =>
      withAlpha(theme.inks[b.ink], (b.bound ? 0.3 : 0.92) / (1 + 0.5 * k)),
    ),
    borderColor: panel.bars.map((b) => theme.inks[b.ink]),
    borderWidth: 1,
    borderSkipped: false,
    stack: 'value',
    maxBarThickness: 34,
    categoryPercentage: 0.8,
    barPercentage: 0.85,
  }))
}

/** Names of lines, one a row. */
export function nameAxis(rows, { theme, font }) {
  return {
    stacked: true,
    border: { display: false },
    grid: { display: false },
    ticks: {
      color: theme.ink,
      font: { family: font, size: 12.5 },
      autoSkip: false,
      callback(_, i) {
        return wrapName(rows[i].label, this.chart.width < 420 ? 15 : 22)
      },
    },
  }
}

/** Hatching for bounds, whiskers, and the number at the end of each bar. */
function barMarksPlugin(panel, { theme, font }) {
  return {
    id: 'barMarks',
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart
      ctx.save()
      panel.bars.forEach((bar, i) => {
        const { y, height } = chart.getDatasetMeta(0).data[i]
        const [left, right] = [0, bar.value].map((v) => scales.x.getPixelForValue(v))
        if (bar.bound) hatch(ctx, left, y - height / 2, right - left, height, theme.inks[bar.ink])
        let end = right
        if (bar.interval !== null) {
          const ends = bar.interval.map((v) => scales.x.getPixelForValue(v))
          whisker(ctx, ends, y, theme.ink)
          end = Math.max(end, ends[1])
        }
        ctx.font = `600 12.5px ${font}`
        ctx.textAlign = 'left'
        ctx.textBaseline = 'middle'
        const fits = end + 8 + ctx.measureText(bar.text).width < chart.width
        const at = fits ? end + 8 : left + 8
        ctx.strokeStyle = theme.surface
        ctx.lineWidth = 4
        ctx.lineJoin = 'round'
        ctx.strokeText(bar.text, at, y)
        ctx.fillStyle = theme.ink
        ctx.fillText(bar.text, at, y)
      })
      ctx.restore()
    },
  }
}

function whisker(ctx, [from, to], y, colour) {
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.25
  ctx.beginPath()
  ctx.moveTo(from, y)
  ctx.lineTo(to, y)
  for (const x of [from, to]) {
    ctx.moveTo(x, y - 4)
    ctx.lineTo(x, y + 4)
  }
  ctx.stroke()
}

function hatch(ctx, x, y, width, height, colour) {
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.clip()
  ctx.strokeStyle = withAlpha(colour, 0.85)
  ctx.lineWidth = 1.5
  ctx.beginPath()
  for (let d = -height; d < width; d += 7) {
    ctx.moveTo(x + d, y + height)
    ctx.lineTo(x + d + height, y)
  }
  ctx.stroke()
  ctx.restore()
}
