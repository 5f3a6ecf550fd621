/** @file Panels of kind 'heat': positions across, steps down, the darker the surer; what was written over is marked. */
import { axisOptions, commonOptions } from './axes.js'
import { withAlpha } from './paint.js'

export function heatConfig(panel, look) {
  const common = commonOptions(panel, look)
  common.plugins.tooltip.enabled = false
  const y = axisOptions(panel.y, look, false)
  y.reverse = true
  y.grid.display = false
  return {
    type: 'scatter',
    data: { datasets: [] },
    options: { ...common, events: [], scales: { x: axisOptions(panel.x, look, true), y } },
    plugins: [cellsPlugin(panel, look)],
  }
}

function cellsPlugin({ cells, flips, ink, x: axis }, { theme }) {
  return {
    id: 'cells',
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area } = chart
      const [width, height] = [area.width / (axis.max - axis.min), area.height / cells.length]
      ctx.save()
      cells.forEach((row, r) => {
        // Whole pixels: edges between rows would show as stripes.
        const [top, bottom] = [r, r + 1].map((k) => Math.round(area.top + k * height))
        // Neighbours of one sureness are one rectangle: there are thousands of cells.
        for (let from = 0; from < row.length; ) {
          let to = from + 1
          while (to < row.length && row[to] === row[from]) to++
          if (row[from] !== null) {
            ctx.fillStyle = withAlpha(theme.inks[ink], (0.12 + 0.0075 * row[from]).toFixed(3))
            ctx.fillRect(area.left + from * width, top, (to - from) * width, bottom - top)
          }
          from = to
        }
      })
      ctx.fillStyle = theme.ink
      const size = Math.max(2, Math.min(width, height, 6))
      for (const [r, l] of flips)
        ctx.fillRect(
          area.left + (l + 0.5) * width - size / 2,
          area.top + (r + 0.5) * height - size / 2,
          size,
          size,
        )
      ctx.strokeStyle = theme.grid
      ctx.strokeRect(area.left, area.top, area.width, area.height)
      ctx.restore()
    },
  }
}
