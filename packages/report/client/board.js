/** @file The charts of the page: drawn, drawn anew, and what each shows of its panel. */
import { chartConfig } from './charts.js'
import { applyLegend } from './legend.js'
import { viewOf } from './view.js'

/** `look()` gives theme and font as they are now; `still()` whether nothing may move. */
export function board(figures, { look, still }) {
  const panels = new Map(figures.flatMap((f) => f.panels.map((p) => [p.id, p])))
  const charts = new Map()
  const views = new Map()
  const panelOf = (canvas) => panels.get(canvas.dataset.panel)
  const shownPanel = (canvas) => {
    const panel = panelOf(canvas)
    return panel.kind === 'xy' ? viewOf(panel, views.get(canvas) ?? {}) : panel
  }
  function draw(canvas) {
    charts.get(canvas)?.destroy()
    const config = chartConfig(shownPanel(canvas), { ...look(), animate: true })
    if (still() || charts.has(canvas)) config.options.animation = false
    const chart = new Chart(canvas, config)
    charts.set(canvas, chart)
    const figure = canvas.closest('figure')
    if (figure.querySelector('.legend [aria-pressed="false"]') !== null) applyLegend(chart, figure)
  }
  return {
    panelOf,
    shownPanel,
    chartOf: (canvas) => charts.get(canvas),
    viewOf: (canvas) => views.get(canvas) ?? {},
    show(canvas, view) {
      views.set(canvas, view)
      draw(canvas)
    },
    drawAll: () => {
      for (const canvas of document.querySelectorAll('canvas[data-panel]')) draw(canvas)
    },
  }
}
