/** @file Results in, a report folder out. */
import { join } from 'node:path'
import { writeAtomically } from '@trivium/files'
import { parseInput, type Results, resultsSchema, Stopped } from '@trivium/schema'
import { chaptersOf } from '../chapter.ts'
import { toCsv } from '../csv.ts'
import { figuresAcross, figuresOf } from '../figures.ts'
import { renderPage } from '../html/page.ts'
import { summarise } from '../summary.ts'
import { verdictOf } from '../verdict/verdict.ts'
import { pageAssets } from './assets.ts'
import { renderPng, renderVerdict } from './png.ts'
import { renderSvg, renderVerdictSvg } from './svg.ts'

/** Paths of what was written. */
export interface ReportFiles {
  html: string
  summary: string
  /** One PNG a figure; the last is figures/overview.png, the verdict, where the results allow one. */
  pngs: string[]
  /** The same as SVG. */
  svgs: string[]
  csvs: string[]
}

/**
 * Writes report.html, figures/*.png, figures/*.svg, figures/*.csv and summary.md under `outDir` (made when absent): of one run,
 * or of several in one report.
 * @throws InputError when results do not follow the schema, RuntimeFailure on a full disk, Stopped when the signal fired
 */
export async function buildReport(
  runs: Results | readonly Results[],
  outDir: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ReportFiles> {
  const checked = [runs].flat().map(checkedResults)
  const chapters = chaptersOf(checked)
  const verdict = verdictOf(chapters)
  const folder = join(outDir, 'figures')
  const files: ReportFiles = {
    html: join(outDir, 'report.html'),
    summary: join(outDir, 'summary.md'),
    pngs: [],
    svgs: [],
    csvs: [],
  }
  const save = (list: string[], name: string, content: string | Uint8Array): void => {
    list.push(join(folder, name))
    writeAtomically(join(folder, name), content)
  }
  for (const figure of [...figuresAcross(chapters), ...chapters.flatMap(figuresOf)]) {
    // A picture takes a while: signals are heard between two.
    await new Promise((resolve) => setTimeout(resolve, 0))
    if (signal?.aborted === true) throw new Stopped()
    save(files.pngs, `${figure.id}.png`, renderPng(figure))
    save(files.svgs, `${figure.id}.svg`, renderSvg(figure))
    save(files.csvs, `${figure.id}.csv`, toCsv(figure.csv))
  }
  if (verdict !== null) {
    save(files.pngs, 'overview.png', renderVerdict(verdict))
    save(files.svgs, 'overview.svg', renderVerdictSvg(verdict))
  }
  writeAtomically(files.summary, summarise(checked))
  // Last: a page on disk means that everything beside it is complete.
  writeAtomically(files.html, renderPage(chapters, verdict, pageAssets()))
  return files
}

const checkedResults = (results: Results): Results =>
  parseInput(resultsSchema, results, 'results.json', 'write them again with `trivium compare`')
