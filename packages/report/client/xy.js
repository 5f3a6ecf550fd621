/** @file Panels of kind 'xy': lines, staircases and lone marks with their whiskers, on two axes. */
import { axisOptions, commonOptions } from './axes.js'
import { guidesPlugin } from './guides.js'
import { labelsPlugin } from './labels.js'
import { traceMark } from './marks.js'
import { tickText, withAlpha } from './paint.js'

export function xyConfig(panel, look) {
  const common = commonOptions(panel, look)
  common.plugins.tooltip.callbacks = {
    title: (items) => items[0]?.dataset.label ?? '',
    label: (item) => {
      const { y, interval, tips } = item.raw.spec
      const between = interval === null ? '' : ` [${interval.map(tickText).join(', ')}]`
      return [`${panel.title}: ${tickText(y)}${between}`, ...tips]
    },
  }
  common.plugins.tooltip.filter = (item) => item.dataset.spec.join !== 'steps'
  return {
    type: 'line',
    data: { datasets: panel.series.map((series) => dataset(series, look.theme)) },
    options: {
      ...common,
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearest', intersect: false },
      scales: { x: axisOptions(panel.x, look, true), y: axisOptions(panel.y, look, false) },
    },
    plugins: [guidesPlugin(panel, look), whiskersPlugin(look), marksPlugin(look), labelsPlugin(look)],
  }
}

/** A curve of so many points that marks on all of them, or dashes, would hide it. */
const isDense = (series) => series.points.length > 40

function dataset(series, theme) {
  const staircase = series.join === 'steps'
  return {
    label: series.label,
    spec: series,
    data: series.points.map((p) => ({ x: p.x, y: p.y, spec: p })),
    showLine: series.join !== 'none',
    segment: {
      borderColor: ({ p1DataIndex }) => (series.points[p1DataIndex].gap ? 'transparent' : undefined),
    },
    stepped: staircase ? 'before' : false,
    borderColor: staircase ? withAlpha(theme.muted, 0.55) : theme.inks[series.ink],
    borderWidth: staircase ? 1.5 : isDense(series) ? 1.25 : 2,
    borderDash: isDense(series) ? [] : series.dash,
    // The marks are drawn below; Chart.js only finds them under the pointer.
    pointRadius: 0,
    pointHoverRadius: 0,
    pointHitRadius: staircase ? 0 : 12,
    order: staircase ? 10 : 1,
    clip: 8,
  }
}

/** Of the marks that would look larger or smaller than the others; 1 is 12 pixels. */
const sizes = { star: 1.5, cross: 1.15, circle: 0.82, square: 0.8 }

/** Of what a zoom leaves out. */
const isOutside = ({ chartArea: area }, { x, y }) =>
  x < area.left - 8 || x > area.right + 8 || y < area.top - 8 || y > area.bottom + 8

/** The marks of a series above its line: hollow ones are beaten on both axes. A dense curve bears a few, each its own. */
function marksPlugin({ theme }) {
  return {
    id: 'marks',
    afterDatasetDraw(chart, { index, meta }) {
      const series = chart.data.datasets[index].spec
      if (series.join === 'steps') return
      const every = isDense(series) ? Math.ceil(series.points.length / 8) : 1
      const { ctx } = chart
      ctx.save()
      meta.data.forEach((element, k) => {
        if ((k + 3 * index) % every !== 0 || isOutside(chart, element)) return
        const size = (sizes[series.shape] ?? 0.88) * (element.active ? 1.35 : 1)
        traceMark(ctx, series.shape, element.x, element.y, size)
        const { hollow } = series.points[k]
        ctx.fillStyle = hollow ? theme.surface : theme.inks[series.ink]
        ctx.strokeStyle = hollow ? theme.inks[series.ink] : theme.surface
        ctx.lineWidth = hollow ? 1.75 : 1
        ctx.lineJoin = 'round'
        ctx.fill()
        ctx.stroke()
      })
      ctx.restore()
    },
  }
}

/** 95 % intervals (vertical) and p50–p90 (horizontal). */
function whiskersPlugin({ theme }) {
  return {
    id: 'whiskers',
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart
      const [x, y] = [scales.x, scales.y].map((scale) => (value) => scale.getPixelForValue(value))
      ctx.save()
      ctx.beginPath()
      ctx.rect(area.left - 6, area.top - 6, area.width + 12, area.height + 12)
      ctx.clip()
      chart.data.datasets.forEach((set, i) => {
        if (!chart.isDatasetVisible(i)) return
        ctx.strokeStyle = withAlpha(theme.inks[set.spec.ink], 0.6)
        ctx.lineWidth = 1.25
        for (const { spec } of set.data) {
          if (spec.interval !== null)
            whisker(ctx, x(spec.x), y(spec.interval[0]), x(spec.x), y(spec.interval[1]))
          if (spec.xHigh !== null) whisker(ctx, x(spec.x), y(spec.y), x(spec.xHigh), y(spec.y))
        }
      })
      ctx.restore()
    },
  }
}

function whisker(ctx, x0, y0, x1, y1) {
  const [dx, dy] = x0 === x1 ? [3, 0] : [0, 3]
  ctx.beginPath()
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.moveTo(x1 - dx, y1 - dy)
  ctx.lineTo(x1 + dx, y1 + dy)
  if (dx > 0) {
    ctx.moveTo(x0 - dx, y0)
    ctx.lineTo(x0 + dx, y0)
  }
  ctx.stroke()
}
