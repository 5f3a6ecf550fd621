/**
 * @file The report as one self-contained HTML file: it opens from disk and asks no network for anything (a content
 * security policy forbids it). Chart.js, the chart builder, styles and data are all inside.
 */
import type { Results } from '@trivium/schema'
import { commitOf, machineOf } from '../caption.ts'
import type { FigureSpec } from '../figure.ts'
import { groupsOf, hasAllRoads } from '../members.ts'
import { themes } from '../palette.ts'
import { type GroupWords, type Section, wordsOf } from '../words/group.ts'
import { keyTable } from '../words/key-table.ts'
import { escapeHtml as e, embedJson } from './escape.ts'
import { chartParts, type Part } from './figures.ts'
import { provenanceHtml } from './provenance.ts'
import { samplesHtml } from './samples.ts'
import { wordTable } from './tables.ts'
import { theatreHtml } from './theatre.ts'
import { themeCss } from './theme-css.ts'

/** What the page carries inside, as text: styles, Chart.js, and the script that runs in the browser. */
export interface PageAssets {
  css: string
  chartJs: string
  script: string
}

/** The page for these results and figures. `figures` without the overview, which is for a README. */
export function renderPage(results: Results, figures: readonly FigureSpec[], assets: PageAssets): string {
  const groups = groupsOf(results)
  const words = groups.map((g) => wordsOf(results, g))
  const shown = figures.filter((f) => f.id !== 'overview')
  const parts = partsOf(results, shown, words)
  const nav = parts.map((p) => `<a href="#${p.id}">${e(p.title)}</a>`).join('')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark"><title>${e(results.name)} · Trivium</title>
<style>${themeCss()}${assets.css}</style></head>
<body><header class="top"><div class="bar"><p class="brand">Trivium <span>three roads to text</span></p><button type="button" id="theme">Dark</button></div>
<h1>${e(title(results))}</h1>
<p class="dek">${e(dek(results))}</p>
${words.map((w) => verdictHtml(results, w)).join('')}
<nav aria-label="Sections">${nav}</nav></header>
<main>${parts.map((p) => `<section id="${p.id}" class="part"><h2>${e(p.title)}</h2>${p.body}</section>`).join('\n')}</main>
<footer><p>${e(results.name)}, ${e(results.createdAt)}; Trivium ${e(results.provenance.trivium)}, ${e(commitOf(results))}.</p></footer>
<script type="application/json" id="figures">${embedJson(shown.map((f) => ({ id: f.id, panels: f.panels })))}</script>
<script type="application/json" id="themes">${embedJson(themes)}</script>
<script>${assets.chartJs}</script>
<script>${assets.script}</script>
</body></html>
`
}

const theatreIntro =
  '<p class="intro">One text of each model, as it was written. By the wall clock all start together, and each takes its median time for one text at batch 1; by steps they finish together. A darker ground means a surer position, an underline marks what the last step changed, a shaded block is a mask. The arrow keys move the slider, the space bar plays.</p>'

function partsOf(results: Results, figures: readonly FigureSpec[], words: readonly GroupWords[]): Part[] {
  const theatre = words.map(({ group }) => theatreHtml(results, group)).join('')
  const samples = words.map(({ group }) => samplesHtml(results, group)).join('')
  const parts: Part[] = [
    ...chartParts(figures),
    { id: 'traces', title: 'Watch them write', body: theatre === '' ? '' : `${theatreIntro}${theatre}` },
    { id: 'samples', title: 'Samples', body: samples },
    { id: 'findings', title: 'Findings in full', body: words.map(findingsHtml).join('') },
    { id: 'provenance', title: 'Where the numbers come from', body: provenanceHtml(results) },
  ]
  return parts.filter((p) => p.body !== '')
}

function title(results: Results): string {
  const { dataset, models } = results
  return hasAllRoads(models)
    ? `Three ways to write, compared on ${dataset.name}`
    : `${results.name}, on ${dataset.name}`
}

function dek(results: Results): string {
  const { dataset } = results
  const about = results.description === undefined ? '' : `${results.description.replace(/[.\s]*$/, '')}. `
  return `${about}Held out: ${dataset.heldOut} (${dataset.testCharacters.toLocaleString('en-US')} characters; trained on ${dataset.trainCharacters.toLocaleString('en-US')}). ${machineOf(results)}.`
}

function verdictHtml(results: Results, { group, verdict }: GroupWords): string {
  return `<section class="verdict${group.quiet ? ' quiet' : ''}"><h2>${e(group.label)}</h2><p class="lead">${e(verdict)}</p>${wordTable(keyTable(results, group))}</section>`
}

function findingsHtml({ group, sections }: GroupWords): string {
  return `<h3>${e(group.label)}</h3>${sections.map(sectionHtml).join('')}`
}

function sectionHtml({ heading, lines, table }: Section): string {
  const items = lines.map((l) => `<li>${e(l)}</li>`).join('')
  return `<h4>${e(heading)}</h4><ul>${items}</ul>${table === undefined ? '' : wordTable(table)}`
}
