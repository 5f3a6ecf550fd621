/** @file Reference lines across a panel, with their names in its margins. */
import { fitText, letters, withAlpha } from './paint.js'

/** Below this width the names of the horizontal lines would take the plot's place: the page lists them under it. */
const roomForNames = 420

const isNamed = (panel, chart) =>
  chart.width >= roomForNames && panel.guides.some((guide) => guide.axis === 'y')

/** The right margin holds the names of the horizontal lines, the top margin those of the vertical ones. */
export function guideMargins(panel, look, chart) {
  const top = panel.guides.some((guide) => guide.axis === 'x') ? 18 : 8
  const margins = { top, right: 16, bottom: 0, left: 2 }
  if (!isNamed(panel, chart)) return margins
  chart.ctx.save()
  chart.ctx.font = `11px ${look.font}`
  const widths = panel.guides
    .filter((guide) => guide.axis === 'y')
    .map((guide) => chart.ctx.measureText(`\u2191 ${guide.label}`).width)
  chart.ctx.restore()
  margins.right = Math.min(0.4 * chart.width, Math.max(...widths) + 9)
  return margins
}

/** Lines and bands under the marks, names above them; a value off the axis is named at the edge with an arrow. */
export function guidesPlugin(panel, look) {
  return {
    id: 'guides',
    beforeDatasetsDraw(chart) {
      chart.ctx.save()
      for (const guide of panel.guides) drawGuide(chart, guide, look.theme)
      chart.ctx.restore()
    },
    afterDatasetsDraw(chart) {
      chart.ctx.save()
      chart.ctx.font = `11px ${look.font}`
      if (isNamed(panel, chart)) nameRows(chart, panel, look.theme)
      nameColumns(chart, panel, look.theme)
      chart.ctx.restore()
    },
  }
}

function drawGuide(chart, guide, theme) {
  const { ctx, chartArea: area, scales } = chart
  const scale = scales[guide.axis]
  if (guide.value < scale.min || guide.value > scale.max) return
  const colour = theme.inks[guide.ink]
  const at = Math.round(scale.getPixelForValue(guide.value)) + 0.5
  if (guide.band !== null && guide.axis === 'y') {
    const clamp = (v) => Math.min(area.bottom, Math.max(area.top, scale.getPixelForValue(v)))
    const [top, bottom] = [clamp(guide.band[1]), clamp(guide.band[0])]
    ctx.fillStyle = withAlpha(colour, 0.12)
    ctx.fillRect(area.left, top, area.width, bottom - top)
  }
  ctx.strokeStyle = colour
  ctx.lineWidth = guide.dash.length > 0 ? 1 : 1.5
  ctx.setLineDash(guide.dash)
  ctx.beginPath()
  if (guide.axis === 'y') {
    ctx.moveTo(area.left, at)
    ctx.lineTo(area.right, at)
  } else {
    ctx.moveTo(at, area.top)
    ctx.lineTo(at, area.bottom)
  }
  ctx.stroke()
}

/** Names of the horizontal lines in the right margin, pushed apart so that none covers another. */
function nameRows(chart, panel, theme) {
  const { ctx, chartArea: area, scales } = chart
  const height = 14
  const names = panel.guides
    .filter((guide) => guide.axis === 'y')
    .map(({ value, label, ink }) => {
      const arrow = value > scales.y.max ? '\u2191 ' : value < scales.y.min ? '\u2193 ' : ''
      const at = Math.min(area.bottom, Math.max(area.top, scales.y.getPixelForValue(value)))
      return { text: arrow + label, at, ink, value }
    })
    .sort((a, b) => b.value - a.value)
  for (let i = 1; i < names.length; i++) names[i].at = Math.max(names[i].at, names[i - 1].at + height)
  for (let i = names.length - 1; i >= 0; i--) {
    const limit = i === names.length - 1 ? area.bottom : names[i + 1].at - height
    names[i].at = Math.min(names[i].at, limit)
  }
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  for (const { text, at, ink } of names) {
    ctx.fillStyle = letters(theme, ink)
    ctx.fillText(fitText(ctx, text, chart.width - area.right - 8), area.right + 7, at)
  }
}

/** Names of the vertical lines above the panel; one that would touch its neighbour is left out. */
function nameColumns(chart, panel, theme) {
  const { ctx, chartArea: area, scales } = chart
  const guides = panel.guides.filter(
    (guide) => guide.axis === 'x' && guide.value >= scales.x.min && guide.value <= scales.x.max,
  )
  let edge = Number.NEGATIVE_INFINITY
  ctx.textAlign = 'center'
  ctx.textBaseline = 'alphabetic'
  for (const guide of guides.toSorted((a, b) => a.value - b.value)) {
    const half = ctx.measureText(guide.label).width / 2
    const at = Math.min(chart.width - half - 2, scales.x.getPixelForValue(guide.value))
    if (at - half < edge + 5) continue
    edge = at + half
    ctx.fillStyle = letters(theme, guide.ink)
    ctx.fillText(guide.label, at, area.top - 6)
  }
}
