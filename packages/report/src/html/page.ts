/**
 * @file The report as one self-contained HTML file: it opens from disk and asks no network for anything (a content
 * security policy forbids it). Chart.js, the chart builder, styles and data are all inside. The verdict comes first, then each
 * chapter's charts; details are folded.
 */
import { commitOf } from '../caption.ts'
import type { Chapter } from '../chapter.ts'
import type { FigureSpec } from '../figure.ts'
import { figuresAcross, figuresOf } from '../figures.ts'
import { hasAllRoads } from '../members.ts'
import { themes } from '../palette.ts'
import type { VerdictSpec } from '../verdict/spec.ts'
import { chapterHtml, dek } from './chapter.ts'
import { escapeHtml as e, embedJson } from './escape.ts'
import { figureHtml } from './figures.ts'
import { themeCss } from './theme-css.ts'
import { verdictHtml } from './verdict.ts'

/** What the page carries inside, as text: styles, Chart.js, and the script that runs in the browser. */
export interface PageAssets {
  css: string
  chartJs: string
  script: string
}

/** The page for these chapters. */
export function renderPage(
  chapters: readonly Chapter[],
  verdict: VerdictSpec | null,
  assets: PageAssets,
): string {
  const drawn = chapters.map((chapter) => ({ chapter, figures: figuresOf(chapter) }))
  const across = figuresAcross(chapters)
  const figures = [...across, ...drawn.flatMap((d) => d.figures)]
  const first = chapters[0].results
  const title = titleOf(chapters)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:">
<meta name="color-scheme" content="light dark"><title>${e(title)} · Trivium</title>
<style>${themeCss()}${assets.css}</style></head>
<body><header class="top"><div class="bar"><p class="brand">Trivium <span>three roads to text</span></p><button type="button" id="theme">Dark</button></div>
<h1>${e(title)}</h1>
${chapters.length === 1 ? `<p class="dek">${e(dek(chapters[0]))}</p>` : ''}
${chapters
  .flatMap((c) => c.partial)
  .map(stampHtml)
  .join('')}</header>
<main>${verdict === null ? '' : verdictHtml(verdict, new Set(figures.map((f) => f.id)))}
<nav aria-label="Contents">${navHtml(drawn)}</nav>
${across.map((f) => figureHtml(f, false)).join('')}
${drawn.map((d) => chapterHtml(d.chapter, d.figures, chapters.length)).join('\n')}</main>
<footer><p>${e(chapters.map((c) => c.title).join(', '))}, ${e(first.createdAt)}; Trivium ${e(first.provenance.trivium)}, ${e(commitOf(first))}.</p></footer>
<script type="application/json" id="figures">${embedJson(figures.map((f) => ({ ...f, csv: undefined })))}</script>
<script type="application/json" id="verdict-data">${embedJson(verdict)}</script>
<script type="application/json" id="themes">${embedJson(themes)}</script>
<script>${assets.chartJs}</script>
<script>${assets.script}</script>
</body></html>
`
}

const stampHtml = (why: string): string =>
  `<p class="stamp"><b>Partial.</b> ${e(why)}. It decides nothing.</p>`

function titleOf(chapters: readonly Chapter[]): string {
  const [{ results, title }] = chapters
  // Names have hyphens, at which a heading would break.
  if (chapters.length > 1)
    return `${chapters.length} comparisons: ${chapters.map((c) => c.title.replaceAll('-', '\u2011')).join(', ')}`
  return hasAllRoads(results.models)
    ? `Three ways to write, compared on ${results.dataset.name}`
    : `${title}, on ${results.dataset.name}`
}

function navHtml(drawn: readonly { chapter: Chapter; figures: readonly FigureSpec[] }[]): string {
  if (drawn.length > 1)
    return drawn.map(({ chapter }) => `<a href="#${e(chapter.slug)}">${e(chapter.title)}</a>`).join('')
  const [{ figures }] = drawn
  const main = figures.filter((f) => !f.quiet)
  return main.map((f) => `<a href="#${e(f.id)}">${e(f.title)}</a>`).join('')
}
