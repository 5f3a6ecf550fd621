/** @file Figures as HTML: a legend whose entries show and hide their series, panels, caption, and the numbers. */
import { toCsv } from '../csv.ts'
import type { FigureSpec, LegendEntry, PanelSpec } from '../figure.ts'
import { slug } from '../members.ts'
import { escapeHtml as e } from './escape.ts'
import { legendMark } from './marks.ts'
import { numberTable } from './tables.ts'

export interface Part {
  id: string
  title: string
  body: string
}

/** Figures of one chart, group after group, share a section. */
export function chartParts(figures: readonly FigureSpec[]): Part[] {
  const titles = [...new Set(figures.map((f) => f.title))]
  return titles.map((title) => {
    const mine = figures.filter((f) => f.title === title)
    return { id: slug(title.toLowerCase()), title, body: mine.map(figureHtml).join('') }
  })
}

function figureHtml(figure: FigureSpec): string {
  const chip = figure.group === '' ? '' : `<p class="chip">${e(figure.group)}</p>`
  const legend = figure.legend.map(legendItem).join('')
  const panels = figure.panels.map((panel) => panelHtml(panel, figure.panelHeight)).join('')
  return `<figure id="${e(figure.id)}" class="${figure.quiet ? 'quiet' : ''}">${chip}<ul class="legend">${legend}</ul><div class="panels c${figure.columns}">${panels}</div><figcaption>${e(figure.caption)}</figcaption>${numbersHtml(figure)}</figure>`
}

function legendItem(entry: LegendEntry): string {
  return `<li><button type="button" aria-pressed="true" data-series="${e(entry.label)}">${legendMark(entry)}<span>${e(entry.label)}</span></button></li>`
}

function panelHtml(panel: PanelSpec, height: number): string {
  const { id, title, hint } = panel
  const about = e(`${title}. ${hint}. The numbers are in the table below.`)
  return `<div class="panel"><h4>${e(title)}</h4><p class="hint">${e(hint)}</p><div class="plot" style="height:${height}px"><canvas role="img" aria-label="${about}" data-panel="${e(id)}"></canvas></div>${linesHtml(panel)}</div>`
}

/** The lines across a panel in words, shown where it is too narrow to name them in its margin. */
function linesHtml({ guides }: PanelSpec): string {
  const rows = guides.filter((g) => g.axis === 'y').toSorted((a, b) => b.value - a.value)
  if (rows.length === 0) return ''
  const items = rows.map(
    ({ ink, dash, label }) =>
      `<li data-ink="${ink}"><svg viewBox="0 0 20 4" width="20" height="4" aria-hidden="true"><path class="line" stroke-dasharray="${dash.join(' ')}" d="M0 2H20"/></svg>${e(label)}</li>`,
  )
  return `<ul class="lines">${items.join('')}</ul>`
}

function numbersHtml({ id, csv }: FigureSpec): string {
  if (csv === null) return ''
  const href = `data:text/csv;charset=utf-8,${encodeURIComponent(toCsv(csv))}`
  return `<details><summary>The numbers</summary><p><a download="${e(id)}.csv" href="${e(href)}">Download as CSV</a></p>${numberTable(csv)}</details>`
}
