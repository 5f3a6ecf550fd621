/** @file Legend entries are switches: each shows or hides its series in all panels of its figure. */

/** Hides in a chart what its figure's legend has switched off; a chart that is drawn anew asks again. */
export function applyLegend(chart, figure) {
  const hidden = new Set(
    [...figure.querySelectorAll('.legend [aria-pressed="false"]')].map((entry) => entry.dataset.series),
  )
  chart.data.datasets.forEach((set, i) => chart.setDatasetVisibility(i, !hidden.has(set.label)))
  chart.update('none')
}

/** `chartsOf`: the charts of a figure. */
export function listenToLegend(figure, chartsOf) {
  for (const entry of figure.querySelectorAll('.legend button'))
    entry.addEventListener('click', () => {
      entry.setAttribute('aria-pressed', String(entry.getAttribute('aria-pressed') === 'false'))
      for (const chart of chartsOf(figure)) applyLegend(chart, figure)
    })
}
