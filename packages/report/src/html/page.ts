/**
 * @file The report as one self-contained HTML file: it opens from disk and asks no network for anything (a content
 * security policy forbids it). Chart.js, the chart builder, styles and data are all inside.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Results } from '@trivium/schema'
import { markPaths } from '#client/charts.js'
import { commitOf, machineOf } from '../caption.ts'
import { toCsv } from '../csv.ts'
import type { CsvTable, FigureSpec } from '../figure.ts'
import { keyTable } from '../key-table.ts'
import { themes } from '../palette.ts'
import { groupsOf, metricWords, num } from '../select.ts'
import { type GroupWords, type Table, wordsOf } from '../words.ts'
import { escapeHtml as e, embedJson } from './escape.ts'
import { samplesHtml, slug, theatreHtml } from './samples.ts'

/** The page for these results and figures. `figures` without the overview, which is for a README. */
export function renderPage(results: Results, figures: readonly FigureSpec[]): string {
  const groups = groupsOf(results)
  const words = groups.map((g) => wordsOf(results, g))
  const shown = figures.filter((f) => f.id !== 'overview')
  const theatre = groups.map((g) => theatreHtml(results, g)).join('')
  const samples = groups.map((g) => samplesHtml(results, g)).join('')
  const sections = [
    ...chartSections(shown),
    ...(theatre === ''
      ? []
      : [{ id: 'traces', title: 'Watch them write', body: `${theatreIntro}${theatre}` }]),
    ...(samples === '' ? [] : [{ id: 'samples', title: 'Samples', body: samples }]),
    { id: 'findings', title: 'Findings in full', body: words.map(findingsHtml).join('') },
    { id: 'provenance', title: 'Where the numbers come from', body: provenanceHtml(results) },
  ]
  const nav = sections.map((s) => `<a href="#${s.id}">${e(s.title)}</a>`).join('')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark"><title>${e(results.name)} · Trivium</title>
<style>${themeCss()}${clientFiles().css}</style></head>
<body><header class="top"><div class="bar"><p class="brand">Trivium <span>three roads to text</span></p><button type="button" id="theme">Dark</button></div>
<h1>${e(title(results))}</h1>
<p class="dek">${e(dek(results))}</p>
${words.map((w) => verdictHtml(results, w)).join('')}
<nav aria-label="Sections">${nav}</nav></header>
<main>${sections.map((s) => `<section id="${s.id}" class="part"><h2>${e(s.title)}</h2>${s.body}</section>`).join('\n')}</main>
<footer><p>${e(results.name)}, ${e(results.createdAt)}; Trivium ${e(results.provenance.trivium)}, ${e(commitOf(results))}.</p></footer>
<script type="application/json" id="figures">${embedJson(shown.map((f) => ({ id: f.id, panels: f.panels })))}</script>
<script type="application/json" id="themes">${embedJson(themes)}</script>
<script>${chartJs()}</script>
<script>${clientScript()}</script>
</body></html>
`
}

const theatreIntro =
  '<p class="intro">One text of each model, as it was written. By the wall clock all start together, and each takes its median time for one text at batch 1; by steps they finish together. A darker ground means a surer position, an underline marks what the last step changed, a shaded block is a mask. The arrow keys move the slider, the space bar plays.</p>'

function title(results: Results): string {
  const { dataset, models } = results
  const paradigms = new Set(models.map((m) => m.paradigm)).size
  return paradigms === 3
    ? `Three ways to write, compared on ${dataset.name}`
    : `${results.name}, on ${dataset.name}`
}

function dek(results: Results): string {
  const { dataset } = results
  const about = results.description === undefined ? '' : `${results.description.replace(/[.\s]*$/, '')}. `
  return `${about}Held out: ${dataset.heldOut} (${dataset.testCharacters.toLocaleString('en-US')} characters; trained on ${dataset.trainCharacters.toLocaleString('en-US')}). ${machineOf(results)}.`
}

function verdictHtml(results: Results, words: GroupWords): string {
  const { group } = words
  return `<section class="verdict${group.quiet ? ' quiet' : ''}"><h2>${e(group.label)}</h2><p class="lead">${e(words.verdict)}</p><div class="scroll" tabindex="0">${tableHtml(
    keyTable(results, group),
    group.models.map((m) => m.paradigm),
  )}</div></section>`
}

interface Part {
  id: string
  title: string
  body: string
}

/** Figures of one chart, group after group, share a section. */
function chartSections(figures: readonly FigureSpec[]): Part[] {
  const titles = [...new Set(figures.map((f) => f.title))]
  return titles.map((t) => {
    const mine = figures.filter((f) => f.title === t)
    return { id: slug(t.toLowerCase()), title: t, body: mine.map(figureHtml).join('') }
  })
}

function figureHtml(figure: FigureSpec): string {
  const legend = figure.legend.map((l) => {
    const line = l.line ? `<path class="line${l.quiet ? ' dashed' : ''}" d="M0 6H28"/>` : ''
    return `<li data-role="${l.role}"><svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">${line}<path transform="translate(8 0)" d="${markPaths[l.shape]}"/></svg>${e(l.label)}</li>`
  })
  const panels = figure.panels.map(
    (p) =>
      `<div class="panel"><h4>${e(p.title)}</h4><p class="hint">${e(p.hint)}</p><div class="plot" style="height:${figure.panelHeight}px"><canvas role="img" aria-label="${e(`${p.title}. ${p.hint}. The numbers are in the table below.`)}" data-panel="${e(p.id)}"></canvas></div></div>`,
  )
  const chip = figure.group === '' ? '' : `<p class="chip">${e(figure.group)}</p>`
  return `<figure id="${e(slug(figure.id))}" class="${figure.quiet ? 'quiet' : ''}">${chip}<ul class="legend">${legend.join('')}</ul><div class="panels c${figure.columns}">${panels.join('')}</div><figcaption>${e(figure.caption)}</figcaption>${dataHtml(figure)}</figure>`
}

function dataHtml(figure: FigureSpec): string {
  const href = `data:text/csv;charset=utf-8,${encodeURIComponent(toCsv(figure.csv))}`
  return `<details><summary>The numbers</summary><p><a download="${e(figure.id)}.csv" href="${e(href)}">Download as CSV</a></p><div class="scroll tall" tabindex="0">${csvHtml(figure.csv)}</div></details>`
}

function csvHtml({ header, rows }: CsvTable): string {
  const cell = (v: string | number | null): string =>
    v === null
      ? ''
      : typeof v === 'number'
        ? Number.isInteger(v)
          ? String(v)
          : String(Number(v.toPrecision(5)))
        : v
  return tableHtml({ header, rows: rows.map((r) => r.map(cell)) })
}

function tableHtml(table: Table, roles: readonly string[] = []): string {
  const head = table.header.map((h) => `<th scope="col">${e(h)}</th>`).join('')
  const body = table.rows.map((row, i) => {
    const role = roles[i] === undefined ? '' : ` data-role="${e(roles[i])}"`
    return `<tr${role}>${row.map((c, k) => (k === 0 ? `<th scope="row">${e(c)}</th>` : `<td>${e(c)}</td>`)).join('')}</tr>`
  })
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`
}

function findingsHtml(words: GroupWords): string {
  const block = (heading: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ''
      : `<h4>${e(heading)}</h4><ul>${lines.map((l) => `<li>${e(l)}</li>`).join('')}</ul>`
  const budgets = words.budgets
    .filter((b) => b.table.rows.length > 0)
    .map(
      (b) =>
        `${block(`${metricWords(b.metric).title} for each budget of forwards`, b.sentences)}<div class="scroll" tabindex="0">${tableHtml(b.table)}</div>`,
    )
  return `<h3>${e(words.group.label)}</h3>${block('Where the autoregressive baseline wins', words.autoregressiveWins)}${block('Warnings', words.controls)}${block('Bits per character', words.likelihood)}${block('Quality at the baseline’s latency', words.latency)}${block('Speed at the baseline’s quality', words.speed)}${budgets.join('')}`
}

function provenanceHtml(results: Results): string {
  const p = results.provenance
  const facts: [string, string][] = [
    ['Command', p.argv.join(' ')],
    [
      'Code',
      `Trivium ${p.trivium}, ${commitOf(results)}${p.lockfileSha256 === null ? '' : `, lockfile ${p.lockfileSha256.slice(0, 12)}`}`,
    ],
    ['Machine', `${p.cpu}, ${p.cores} cores, ${num(p.memoryGiB)} GiB, ${p.platform}, node ${p.node}`],
    ['Engine', engineFact(results)],
    ['Seeds', p.seeds.join(', ')],
    ['Data', `${results.dataset.name} (${results.dataset.view}), sha256 ${p.datasetSha256.slice(0, 16)}`],
    ['Written', `${results.createdAt}, after ${num(results.wallSeconds)} s`],
    ...results.models.map((m): [string, string] => [
      `${m.label}, ${m.group}`,
      `${m.parameters.toLocaleString('en-US')} parameters, ${m.trainingTokens.toLocaleString('en-US')} tokens of ${m.dataset} on ${m.trainingEngine}, checkpoint sha256 ${m.checkpointSha256.slice(0, 16)}`,
    ]),
  ]
  const notes =
    results.notes.length === 0
      ? ''
      : `<h3>Notes</h3><ul>${results.notes.map((n) => `<li>${e(n)}</li>`).join('')}</ul>`
  return `${notes}<h3>Provenance</h3><dl>${facts.map(([k, v]) => `<dt>${e(k)}</dt><dd>${e(v)}</dd>`).join('')}</dl>`
}

/** The engine, and how it was chosen: by name, or as the fastest of what was measured. */
function engineFact({ provenance: { engine, engineThreads: n, engineChoice } }: Results): string {
  const threads = n === null ? '' : `, ${n} thread${n === 1 ? '' : 's'}`
  const { how, use, calibration } = engineChoice ?? {}
  const why = how === undefined ? '' : { named: ', named', only: ', the only one', measured: '' }[how]
  if (how !== 'measured' || !calibration) return `${engine}${threads}${why}`
  const figures = calibration.figures.map(
    ({ label, trainMs, forwardMs }) => `${label} ${num(use === 'training' ? trainMs : forwardMs)} ms`,
  )
  return `${engine}${threads}, the fastest in ${use} at width ${calibration.width}: ${figures.join(', ')}`
}

/** The palette as CSS variables, so that page and charts have one source of colour. */
function themeCss(): string {
  const block = (name: 'light' | 'dark'): string => {
    const t = themes[name]
    const roles = Object.entries(t.roles).map(([role, colour]) => `--${role}:${colour};`)
    return `--background:${t.background};--surface:${t.surface};--ink:${t.ink};--muted:${t.muted};--grid:${t.grid};${roles.join('')}color-scheme:${name};`
  }
  const roles = Object.keys(themes.light.roles).map((r) => `[data-role="${r}"]{--role:var(--${r})}`)
  return `:root{${block('light')}}@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){${block('dark')}}}:root[data-theme="dark"]{${block('dark')}}@media print{:root:root:root{${block('light')}}}${roles.join('')}`
}

/** What runs in the browser, as text: the styles, and the chart builder followed by the page script. */
function clientFiles(): { css: string; script: string } {
  const require = createRequire(import.meta.url)
  const text = (path: string): string => readFileSync(path, 'utf8')
  return {
    css: text(require.resolve('#client/page.css')),
    script: `${text(require.resolve('#client/charts.js'))}\n${text(require.resolve('#client/page.js'))}`,
  }
}

/** The chart builder and the page script as one classic script: import and export lines have no meaning there. */
function clientScript(): string {
  const source = clientFiles().script
  return `(() => {\n${source.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '')}\n})()`
}

/** Chart.js without its banner and source map: a page that needs no network names no address. */
function chartJs(): string {
  const path = join(dirname(createRequire(import.meta.url).resolve('chart.js')), 'chart.umd.min.js')
  return readFileSync(path, 'utf8')
    .replaceAll(/\/\*![\s\S]*?\*\//g, (banner) => banner.replaceAll(/https?:\/\/\S+/g, ''))
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
}
