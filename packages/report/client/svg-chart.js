/** @file A Chart.js panel as SVG. Types: svg-chart.d.ts. */
import { chartConfig } from './charts.js'
import { svgContext } from './svg.js'

/**
 * The markup of one panel, without the svg element around it.
 * @param options.measure a real 2D context; `name` is part of the ids inside; `hidden` are the labels of series left out
 */
export function chartMarkup(Chart, panel, look, { width, height, measure, name, hidden = new Set() }) {
  const ctx = svgContext(measure, name)
  const canvas = { width, height, style: {}, getContext: () => ctx }
  ctx.canvas = canvas
  const config = chartConfig(panel, { ...look, animate: false })
  config.options.devicePixelRatio = 1
  // Absent in Node, where no other platform exists.
  const chart = new Chart(canvas, { ...config, platform: Chart.BasicPlatform })
  chart.data.datasets.forEach((set, i) => {
    if (hidden.has(set.label)) chart.setDatasetVisibility(i, false)
  })
  if (hidden.size > 0) chart.update('none')
  chart.draw()
  const markup = ctx.markup()
  chart.destroy()
  return markup
}
