/** @file What a reader takes away: a figure or the verdict as PNG or SVG, as it is shown, and tables for LaTeX. */
import { chartConfig } from './charts.js'
import { latexOf } from './latex.js'
import { drawSheet, sheetLayout } from './sheet.js'
import { svgContext, svgFile } from './svg.js'
import { chartMarkup } from './svg-chart.js'
import { drawVerdict } from './verdict-sheet.js'

const verdictWidth = 1120
const scale = 2

/** `look()`: always the light theme, as on paper; `panelOf(id)`: a panel as it is shown. */
export function listenToTake(bar, { figure, verdict, look, panelOf }) {
  const { name } = bar.dataset
  const owner = bar.closest('figure')
  const hidden = () =>
    new Set(
      [...owner.querySelectorAll('.legend [aria-pressed="false"]')].map((entry) => entry.dataset.series),
    )
  const shown = () => ({
    ...figure,
    panels: figure.panels.map((panel) => panelOf(panel.id)),
    legend: figure.legend.filter(({ label }) => !hidden().has(label)),
  })
  const makers = {
    PNG: () =>
      verdict
        ? picture(look(), (ctx, measuring) => [
            verdictWidth,
            drawVerdict(ctx, verdict, look(), verdictWidth, measuring),
          ])
        : figurePicture(shown(), look(), hidden()),
    SVG: () => (verdict ? verdictSvg(verdict, look()) : figureSvg(shown(), look(), hidden())),
    LaTeX: () => {
      const tables = [...owner.querySelectorAll('table')].map(latexOf)
      return new Blob([tables.join('\n')], { type: 'text/plain' })
    },
  }
  const endings = { PNG: 'png', SVG: 'svg', LaTeX: 'tex' }
  for (const button of bar.querySelectorAll('[data-save]'))
    button.addEventListener('click', async () => {
      const kind = button.dataset.save
      save(await makers[kind](), `${name}.${endings[kind]}`)
    })
}

const measuring = () => document.createElement('canvas').getContext('2d')

/** `draw(ctx, measuring)` draws, or only measures, and gives width and height. */
function picture({ theme }, draw) {
  const [width, height] = draw(measuring(), true)
  const sheet = document.createElement('canvas')
  sheet.width = width * scale
  sheet.height = height * scale
  const ctx = sheet.getContext('2d')
  ctx.scale(scale, scale)
  ctx.fillStyle = theme.surface
  ctx.fillRect(0, 0, width, height)
  draw(ctx, false)
  return new Promise((resolve) => sheet.toBlob(resolve, 'image/png'))
}

function figurePicture(figure, look, hidden) {
  const layout = sheetLayout(measuring(), figure, look)
  return picture(look, (ctx, only) => {
    if (!only)
      drawSheet(ctx, figure, look, layout, (panel, { x, y, width, height }) => {
        const canvas = document.createElement('canvas')
        canvas.width = width
        canvas.height = height
        const chart = new Chart(canvas, {
          ...chartConfig(panel, { ...look, animate: false }),
          platform: Chart.BasicPlatform,
        })
        chart.data.datasets.forEach((set, i) => chart.setDatasetVisibility(i, !hidden.has(set.label)))
        chart.update('none')
        chart.draw()
        ctx.drawImage(canvas, x, y, width, height)
        chart.destroy()
      })
    return [layout.width, layout.height]
  })
}

function figureSvg(figure, look, hidden) {
  const measure = measuring()
  const layout = sheetLayout(measure, figure, look)
  const ctx = svgContext(measure, figure.id)
  drawSheet(ctx, figure, look, layout, (panel, { x, y, width, height }) =>
    ctx.place(
      chartMarkup(Chart, panel, look, { width, height, measure, name: `${figure.id}-${panel.id}`, hidden }),
      x,
      y,
    ),
  )
  return svgBlob(ctx, layout.width, layout.height, look)
}

function verdictSvg(verdict, look) {
  const ctx = svgContext(measuring(), 'verdict')
  const height = drawVerdict(ctx, verdict, look, verdictWidth, true)
  drawVerdict(ctx, verdict, look, verdictWidth)
  return svgBlob(ctx, verdictWidth, height, look)
}

const svgBlob = (ctx, width, height, { theme }) =>
  new Blob([svgFile(ctx.markup(), width, height, theme.surface)], { type: 'image/svg+xml' })

function save(blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
