/** @file Results in, a report folder out. */
import { join } from 'node:path'
import { writeAtomically } from '@trivium/files'
import { parseInput, type Results, resultsSchema, Stopped } from '@trivium/schema'
import { toCsv } from '../csv.ts'
import { figures } from '../figures.ts'
import { renderPage } from '../html/page.ts'
import { summarise } from '../summary.ts'
import { pageAssets } from './assets.ts'
import { renderPng } from './png.ts'

/** Paths of what was written. */
export interface ReportFiles {
  html: string
  summary: string
  /** One PNG a figure; the last is figures/overview.png where the results allow one. */
  pngs: string[]
  csvs: string[]
}

/** The overview is 1600 CSS pixels wide (3200 in the file), for a README. */
const overviewWidth = 1600

/**
 * Writes report.html, figures/*.png, figures/*.csv and summary.md under `outDir` (made when absent).
 * @throws InputError when the results do not follow the schema, RuntimeFailure on a full disk, Stopped when the signal fired
 */
export async function buildReport(
  results: Results,
  outDir: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ReportFiles> {
  const remedy = 'write them again with `trivium compare`'
  const checked = parseInput(resultsSchema, results, 'results.json', remedy)
  const all = figures(checked)
  const folder = join(outDir, 'figures')
  const files: ReportFiles = {
    html: join(outDir, 'report.html'),
    summary: join(outDir, 'summary.md'),
    pngs: [],
    csvs: [],
  }
  for (const figure of all) {
    // A picture takes a while: signals are heard between two.
    await new Promise((resolve) => setTimeout(resolve, 0))
    if (signal?.aborted === true) throw new Stopped()
    const png = join(folder, `${figure.id}.png`)
    writeAtomically(png, renderPng(figure, figure.id === 'overview' ? overviewWidth : undefined))
    files.pngs.push(png)
    if (figure.csv === null) continue
    const csv = join(folder, `${figure.id}.csv`)
    writeAtomically(csv, toCsv(figure.csv))
    files.csvs.push(csv)
  }
  writeAtomically(files.summary, summarise(checked))
  // Last: a page on disk means that everything beside it is complete.
  writeAtomically(files.html, renderPage(checked, all, pageAssets()))
  return files
}
