/** @file Figures as HTML: title, legend, tools, panels, caption, and the numbers behind them. */
import { toCsv } from '../csv.ts'
import type { FigureSpec, LegendEntry, PanelSpec } from '../figure.ts'
import { escapeHtml as e } from './escape.ts'
import { legendMark } from './marks.ts'
import { numberTable } from './tables.ts'

/** A figure under its title. `groupNamed`: whether the page has other groups than its own. */
export function figureHtml(figure: FigureSpec, groupNamed: boolean): string {
  const { id, title, group, legend, panels, columns, panelHeight, caption, csv } = figure
  const chip = group === '' || !groupNamed ? '' : `<span class="chip">${e(group)}</span>`
  const entries = legend.map(legendItem).join('')
  const drawn = panels.map((panel) => panelHtml(panel, panelHeight)).join('')
  return `<figure id="${e(id)}"><div class="head"><h3>${e(title)}${chip}</h3>${viewBar(panels)}</div><ul class="legend">${entries}</ul><div class="panels c${columns}">${drawn}</div><figcaption>${e(caption)}</figcaption>${downloadBar(id, toCsv(csv))}<details class="numbers"><summary>The numbers</summary>${numberTable(csv)}</details></figure>`
}

/** Log scales and the way back from a zoom, for figures that have axes to change. */
function viewBar(panels: readonly PanelSpec[]): string {
  const xy = panels.filter((p) => p.kind === 'xy')
  if (xy.length === 0) return ''
  const toggle = (axis: 'x' | 'y'): string => {
    const log = xy.every((p) => p[axis].scale === 'log')
    return `<button type="button" data-log="${axis}" aria-pressed="${log}">log ${axis}</button>`
  }
  return `<div class="view">${toggle('x')}${toggle('y')}<button type="button" data-reset hidden>whole</button></div>`
}

/** What can be taken away: pictures, the numbers, a table for LaTeX, and the address of the figure. */
export function downloadBar(id: string, csv: string | null = null): string {
  const numbers =
    csv === null
      ? ''
      : `<a download="${e(id)}.csv" href="data:text/csv;charset=utf-8,${e(encodeURIComponent(csv))}">CSV</a>`
  const kinds = ['PNG', 'SVG'].map((kind) => `<button type="button" data-save="${kind}">${kind}</button>`)
  return `<div class="take" data-name="${e(id)}">${kinds.join('')}${numbers}<button type="button" data-save="LaTeX">LaTeX</button><a class="here" href="#${e(id)}">link</a></div>`
}

function legendItem(entry: LegendEntry): string {
  return `<li><button type="button" aria-pressed="true" data-series="${e(entry.label)}">${legendMark(entry)}<span>${e(entry.label)}</span></button></li>`
}

function panelHtml(panel: PanelSpec, height: number): string {
  const { id, title, hint } = panel
  const about = e(`${title}. ${hint}. Arrow keys go from point to point, + and − zoom, 0 shows all again.`)
  const role = panel.kind === 'xy' ? `tabindex="0" role="application"` : `role="img"`
  return `<div class="panel"><h4>${e(title)}</h4><p class="hint">${e(hint)}</p><div class="plot" data-kind="${panel.kind}" style="height:${height}px"><canvas ${role} aria-label="${about}" data-panel="${e(id)}"></canvas></div>${linesHtml(panel)}</div>`
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
