/** @file The written files: PNGs that decode and show something, a page that asks no network and runs no sample. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import type { Results } from '@trivium/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chaptersOf } from '../chapter.ts'
import { toCsv } from '../csv.ts'
import { figures } from '../figures.ts'
import { renderPage } from '../html/page.ts'
import { answering, fixture, madeUp } from '../testing/fixture.ts'
import { verdictOf } from '../verdict/verdict.ts'
import { pageAssets } from './assets.ts'
import { buildReport, type ReportFiles } from './report.ts'

const hostile = `</script><script>alert("x")</script><img src=x onerror=alert(1)> & 'q' <!-- \u2028`
let folder = ''
let files: ReportFiles
let html = ''

/** One group keeps the drawing short. */
function results(): Results {
  const r = fixture()
  r.models = r.models.filter((m) => m.group === 'reference')
  r.models[1].label = hostile
  r.samples[1].texts = [hostile]
  const trace = r.samples[1].trace
  if (trace) trace[0].text[0] = hostile
  r.notes = [hostile]
  return r
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trivium-report-'))
  files = await buildReport(results(), folder)
  html = await readFile(files.html, 'utf8')
})
afterAll(() => rm(folder, { recursive: true }))

test('every figure has a PNG of the right width that is not blank', async () => {
  const specs = figures(results())
  expect(files.pngs).toEqual(
    [...specs.map((f) => f.id), 'overview'].map((id) => join(folder, 'figures', `${id}.png`)),
  )
  for (const [i, path] of files.pngs.entries()) {
    const image = await loadImage(path)
    const width = i === specs.length ? 1120 : { 1: 760, 2: 1040, 3: 1240 }[specs[i].columns]
    expect(image.width).toBe(2 * width)
    const canvas = createCanvas(image.width, image.height)
    canvas.getContext('2d').drawImage(image, 0, 0)
    const { data } = canvas.getContext('2d').getImageData(0, 0, image.width, image.height)
    const colours = new Set<number>()
    let inked = 0
    let belowHead = 0
    for (let k = 0; k < data.length; k += 4) {
      const rgb = (data[k] << 16) | (data[k + 1] << 8) | data[k + 2]
      if (rgb !== 0xffffff) inked++
      const blue = (rgb & 255) > 150 && rgb >> 16 < 60
      if (blue && k / 4 / image.width > 340) belowHead++
      if (k % 16 === 0) colours.add(rgb)
    }
    expect(inked / (image.width * image.height)).toBeGreaterThan(0.01)
    expect(colours.size).toBeGreaterThan(50)
    // The blue of the autoregressive baseline is drawn inside every figure that shows it, below title and legend.
    if (!/differences/.test(path)) expect(belowHead).toBeGreaterThan(100)
  }
})

test('CSV files hold the rows of the figures', async () => {
  for (const figure of figures(results()))
    expect(await readFile(join(folder, 'figures', `${figure.id}.csv`), 'utf8')).toBe(toCsv(figure.csv))
})

test('the page names no address and loads nothing', () => {
  // The name of SVG is one, and no place to load from.
  const addresses = new Set(html.match(/https?:\/\/[\w./]*/g))
  expect([...addresses]).toEqual(['http://www.w3.org/2000/svg'])
  expect(html).toContain(`default-src 'none'`)
  const attributes = [...html.matchAll(/<(?:a|link|script|img|iframe)\b[^>]*?\b(?:src|href)="([^"]*)"/g)].map(
    (m) => m[1],
  )
  expect(attributes.length).toBeGreaterThan(5)
  expect(attributes.filter((a) => !a.startsWith('#') && !a.startsWith('data:text/csv'))).toEqual([])
})

test('hostile text stays text', () => {
  const scripts = html.match(/<script\b[^>]*>/g) ?? []
  // Figures, verdict, themes, Chart.js, the page's own script, and one trace store a group.
  expect(scripts).toHaveLength(6)
  expect(html.match(/<\/script>/g)).toHaveLength(6)
  expect(html).not.toContain('<img')
  expect(html).toContain('&lt;/script&gt;&lt;script&gt;alert(&quot;x&quot;)')
})

test('embedded data is JSON and equals the figures; embedded scripts parse', () => {
  const json = /<script type="application\/json" id="figures">(.*?)<\/script>/s.exec(html)?.[1] ?? ''
  const wanted = figures(results()).map((f) => ({ ...f, csv: undefined }))
  expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(wanted)))
  const traces =
    /<script type="application\/json" id="trace-reference">(.*?)<\/script>/s.exec(html)?.[1] ?? ''
  const packed = JSON.parse(traces)[0]
  const source = results().samples[1].trace ?? []
  expect(packed.frames.map((f: { text: number[] }) => f.text.map((i) => packed.vocabulary[i]))).toEqual(
    source.map((e) => e.text),
  )
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map((m) => m[1])
  expect(scripts).toHaveLength(2)
  for (const script of scripts) expect(() => new Function(script)).not.toThrow()
})

test('nothing temporary is left, and a second report replaces the first', async () => {
  await writeFile(files.summary, 'old')
  await buildReport({ ...results(), models: [], points: [], metrics: [], training: [] }, folder)
  expect(await readFile(files.summary, 'utf8')).toContain('These results hold no model.')
  const left = [...(await readdir(folder)), ...(await readdir(join(folder, 'figures')))]
  expect(left.filter((f) => f.endsWith('.tmp'))).toEqual([])
})

test('results that break the schema are refused in one line', async () => {
  const broken = { ...results(), schemaVersion: 7 } as unknown as Results
  await expect(buildReport(broken, folder)).rejects.toThrow(
    /^results\.json is not valid: schemaVersion: .*trivium compare/,
  )
})

test('the page tells two models of one paradigm apart in tables, samples and the player', async () => {
  const two = madeUp([
    { label: 'flat', paradigm: 'masked-diffusion' },
    { label: 'elbo', paradigm: 'masked-diffusion' },
  ])
  const chapters = chaptersOf([two])
  const page = renderPage(chapters, verdictOf(chapters), pageAssets())
  for (const [name, ink] of [
    ['flat', 'masked-diffusion-0'],
    ['elbo', 'masked-diffusion-1'],
  ]) {
    const mark = `<svg class="mark" data-ink="${ink}"[^>]*>.*?</svg>`
    expect(page).toMatch(new RegExp(`<th scope="row" data-column="model">${mark}<span>${name}<small>`))
    for (const card of ['stage', 'sample'])
      expect(page).toMatch(new RegExp(`class="card ${card}" data-ink="${ink}"><h4>${mark}${name}</h4>`))
  }
  const script = /id="trace-reference">(.*?)<\/script>/s.exec(page)?.[1] ?? ''
  expect(JSON.parse(script)).toHaveLength(two.samples.filter((s) => s.trace).length)
})

test('group names of any letters make file names of their own', async () => {
  const odd = madeUp([
    { label: 'a', paradigm: 'masked-diffusion', group: '../up' },
    { label: 'b', paradigm: 'masked-diffusion', group: '"up' },
    { label: 'c', paradigm: 'masked-diffusion', group: 'x/../../../y' },
    { label: 'd', paradigm: 'masked-diffusion', group: 'team/exp1' },
    { label: 'e', paradigm: 'masked-diffusion', group: `${'x'.repeat(300)}1` },
    { label: 'f', paradigm: 'masked-diffusion', group: `${'x'.repeat(300)}2` },
  ])
  const ids = figures(odd).map((f) => f.id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[\w-]{1,120}$/)
})

test('the inlined script is whole: every name that a client file takes, another gives', () => {
  const { script } = pageAssets()
  const taken = [...script.matchAll(/^const \{ ([^}]+) \} = (\$\w+)$/gm)]
  expect(taken.length).toBeGreaterThan(8)
  for (const [, names, scope] of taken) {
    const given =
      new RegExp(`^const \\${scope} = [\\s\\S]*?\\nreturn \\{ (.*) \\}`, 'm').exec(script)?.[1] ?? ''
    for (const name of names.split(', ')) expect(given.split(', ')).toContain(name)
    expect(script.indexOf(`const ${scope} =`)).toBeLessThan(script.indexOf(`} = ${scope}\n`))
  }
})

test('every figure is an SVG too, and well formed: what opens closes, and no name is used twice', async () => {
  expect(files.svgs.map((path) => path.replace('.svg', ''))).toEqual(
    files.pngs.map((path) => path.replace('.png', '')),
  )
  for (const path of files.svgs) {
    const svg = await readFile(path, 'utf8')
    const open: string[] = []
    for (const [, closing, name, alone] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)) {
      if (closing === '/') expect(open.pop()).toBe(name)
      else if (alone === '') open.push(name)
    }
    expect(open).toEqual([])
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map((m) => m[1])
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  }
})

test('several runs make one report, whose page links to nothing that is not there', async () => {
  const other = answering([
    { label: 'ar', paradigm: 'autoregressive' },
    { label: 'flat', paradigm: 'masked-diffusion' },
  ])
  other.name = 'puzzles'
  other.dataset.name = 'sudoku'
  const target = join(folder, 'several')
  const built = await buildReport([madeUp([{ label: 'm', paradigm: 'masked-diffusion' }]), other], target)
  const page = await readFile(built.html, 'utf8')
  expect(page).toContain('2 comparisons: fixture, puzzles')
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]))
  for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id)
  expect(built.pngs.length).toBe(new Set(built.pngs).size)
  expect(await readFile(built.summary, 'utf8')).toContain('# puzzles')
})

test('a partial run is stamped, on the page and in the summary', async () => {
  const partial = { ...madeUp([{ label: 'm', paradigm: 'masked-diffusion' }]), partial: '4 of 64 texts' }
  const target = join(folder, 'partial')
  const built = await buildReport(partial, target)
  for (const path of [built.html, built.summary])
    expect(await readFile(path, 'utf8')).toMatch(/Partial.*4 of 64 texts\. It decides nothing/)
})
