/** @file What moves on the page: charts, theme, legends, folds, sample pages, the trace theatre. Inlined by src/node/assets.ts. */
import { board } from './board.js'
import { explore } from './explore.js'
import { listenToLegend } from './legend.js'
import { listenToTake } from './take.js'
import { theatre } from './theatre.js'

const json = (id) => JSON.parse(document.getElementById(id).textContent)
const themes = json('themes')
const figures = json('figures')
const verdict = json('verdict-data')
const darkMedia = matchMedia('(prefers-color-scheme: dark)')
const root = document.documentElement
let printing = false

/** What the reader chose before, where the browser keeps it: a page from disk may have no store. */
const kept = {
  get: () => {
    try {
      return localStorage.getItem('trivium-theme')
    } catch {
      return null
    }
  },
  set: (name) => {
    try {
      localStorage.setItem('trivium-theme', name)
    } catch {
      // Then the choice lasts as long as the page.
    }
  },
}
if (['light', 'dark'].includes(kept.get())) root.dataset.theme = kept.get()

function themeName() {
  if (printing) return 'light'
  return root.dataset.theme ?? (darkMedia.matches ? 'dark' : 'light')
}
const font = () => getComputedStyle(document.body).fontFamily

const charts = board(figures, {
  look: () => ({ theme: themes[themeName()], font: font() }),
  still: () => printing || matchMedia('(prefers-reduced-motion: reduce)').matches,
})

function drawAll() {
  charts.drawAll()
  const button = document.getElementById('theme')
  button.textContent = themeName() === 'dark' ? 'Light' : 'Dark'
  button.setAttribute('aria-label', `Switch to the ${themeName() === 'dark' ? 'light' : 'dark'} theme`)
}

document.getElementById('theme').addEventListener('click', () => {
  root.dataset.theme = themeName() === 'dark' ? 'light' : 'dark'
  kept.set(root.dataset.theme)
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

for (const figure of document.querySelectorAll('figure')) {
  listenToLegend(figure, (f) => [...f.querySelectorAll('canvas')].map(charts.chartOf))
  explore(figure, charts)
  const bar = figure.querySelector('.take')
  listenToTake(bar, {
    figure: figures.find(({ id }) => id === bar.dataset.name),
    verdict: figure.id === 'verdict' ? verdict : null,
    look: () => ({ theme: themes.light, font: font() }),
    panelOf: (id) => charts.shownPanel(figure.querySelector(`canvas[data-panel="${CSS.escape(id)}"]`)),
  })
}

for (const select of document.querySelectorAll('select[data-pages]')) {
  select.addEventListener('change', () => {
    for (const page of select.closest('article').querySelectorAll('.page'))
      page.hidden = page.dataset.page !== select.value
  })
}

/** An address may lead into what is folded. */
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target === null) return
  for (let fold = target.closest('details'); fold !== null; fold = fold.parentElement.closest('details'))
    fold.open = true
  target.scrollIntoView()
}
addEventListener('hashchange', unfold)

for (const element of document.querySelectorAll('.theatre')) theatre(element)
drawAll()
unfold()
