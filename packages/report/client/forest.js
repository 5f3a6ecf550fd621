/** @file Panels of kind 'forest': one value a line with its interval, read from zero. */
import { axisOptions, commonOptions } from './axes.js'
import { nameAxis } from './bars.js'
import { guidesPlugin } from './guides.js'
import { traceMark } from './marks.js'
import { withAlpha } from './paint.js'

export function forestConfig(panel, look) {
  const common = commonOptions(panel, look)
  common.plugins.tooltip.callbacks = {
    title: (items) => panel.rows[items[0]?.dataIndex ?? 0].label,
    label: (item) => panel.rows[item.dataIndex].tips,
  }
  return {
    type: 'bar',
    data: {
      labels: panel.rows.map((row) => row.label),
      // Chart.js finds the line under the pointer; what is seen is drawn below.
      datasets: [
        {
          data: panel.rows.map(({ value, interval }) => interval ?? [value, value]),
          backgroundColor: 'transparent',
          minBarLength: 12,
        },
      ],
    },
    options: {
      ...common,
      interaction: { mode: 'index', axis: 'y', intersect: false },
      indexAxis: 'y',
      scales: { x: axisOptions(panel.x, look, true), y: nameAxis(panel.rows, look) },
    },
    plugins: [guidesPlugin(panel, look), forestPlugin(panel, look)],
  }
}

function forestPlugin(panel, { theme, font }) {
  return {
    id: 'forest',
    afterDatasetsDraw(chart) {
      const { ctx, scales, chartArea: area } = chart
      const x = (value) => scales.x.getPixelForValue(value)
      ctx.save()
      ctx.strokeStyle = theme.muted
      ctx.lineWidth = 1
      ctx.beginPath()
      ctx.moveTo(x(0), area.top)
      ctx.lineTo(x(0), area.bottom)
      ctx.stroke()
      panel.rows.forEach(({ value, interval, ink, shape, text }, i) => {
        const { y } = chart.getDatasetMeta(0).data[i]
        const [left, right] = (interval ?? [value, value]).map(x)
        ctx.strokeStyle = withAlpha(theme.inks[ink], 0.7)
        ctx.lineWidth = 2
        ctx.beginPath()
        ctx.moveTo(left, y)
        ctx.lineTo(right, y)
        ctx.stroke()
        traceMark(ctx, shape, x(value), y, 0.95)
        // Filled where the interval excludes zero.
        const apart = interval !== null && (interval[0] > 0 || interval[1] < 0)
        ctx.fillStyle = apart ? theme.inks[ink] : theme.surface
        ctx.strokeStyle = theme.inks[ink]
        ctx.lineWidth = 1.5
        ctx.fill()
        ctx.stroke()
        label(ctx, text, { left, right, y, width: chart.width }, theme, font)
      })
      ctx.restore()
    },
  }
}

/** Right of the whisker, or left of it where there is no room. */
function label(ctx, text, { left, right, y, width }, theme, font) {
  ctx.font = `600 12px ${font}`
  ctx.textBaseline = 'middle'
  const fits = right + 10 + ctx.measureText(text).width < width
  ctx.textAlign = fits ? 'left' : 'right'
  ctx.fillStyle = theme.ink
  ctx.fillText(text, fits ? right + 10 : left - 10, y)
}
