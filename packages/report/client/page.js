/** @file What moves on the page: charts, theme, legends, sample pages, the trace theatre. Inlined by src/node/assets.ts. */
import { chartConfig } from './charts.js'
import { applyLegend, listenToLegend } from './legend.js'
import { theatre } from './theatre.js'

const json = (id) => JSON.parse(document.getElementById(id).textContent)
const themes = json('themes')
const panels = new Map(json('figures').flatMap((f) => f.panels.map((p) => [p.id, p])))
const charts = new Map()
const darkMedia = matchMedia('(prefers-color-scheme: dark)')
const root = document.documentElement
let printing = false

function themeName() {
  if (printing) return 'light'
  return root.dataset.theme ?? (darkMedia.matches ? 'dark' : 'light')
}

function drawChart(canvas) {
  const font = getComputedStyle(document.body).fontFamily
  const panel = panels.get(canvas.dataset.panel)
  charts.get(canvas)?.destroy()
  const still = printing || matchMedia('(prefers-reduced-motion: reduce)').matches
  const config = chartConfig(panel, { theme: themes[themeName()], font, animate: true })
  if (still || charts.has(canvas)) config.options.animation = false
  const chart = new Chart(canvas, config)
  charts.set(canvas, chart)
  const figure = canvas.closest('figure')
  if (figure.querySelector('.legend [aria-pressed="false"]') !== null) applyLegend(chart, figure)
}

function drawAll() {
  for (const canvas of document.querySelectorAll('canvas[data-panel]')) drawChart(canvas)
  const button = document.getElementById('theme')
  button.textContent = themeName() === 'dark' ? 'Light' : 'Dark'
  button.setAttribute('aria-label', `Switch to the ${themeName() === 'dark' ? 'light' : 'dark'} theme`)
}

document.getElementById('theme').addEventListener('click', () => {
  root.dataset.theme = themeName() === 'dark' ? 'light' : 'dark'
  drawAll()
})
darkMedia.addEventListener('change', drawAll)

/** On paper the page has the sheet's width, so that the charts are drawn at the size they are printed in. */
function setPrinting(on) {
  printing = on
  root.classList.toggle('printing', on)
  drawAll()
}
addEventListener('beforeprint', () => setPrinting(true))
addEventListener('afterprint', () => setPrinting(false))

for (const figure of document.querySelectorAll('figure'))
  listenToLegend(figure, (f) => [...f.querySelectorAll('canvas')].map((canvas) => charts.get(canvas)))

for (const select of document.querySelectorAll('select[data-pages]')) {
  select.addEventListener('change', () => {
    for (const page of select.closest('article').querySelectorAll('.page'))
      page.hidden = page.dataset.page !== select.value
  })
}

for (const element of document.querySelectorAll('.theatre')) theatre(element)
drawAll()
