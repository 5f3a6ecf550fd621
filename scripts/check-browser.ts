/**
 * @file `pnpm check:browser`: a Vite project far from the repository, with packed packages and no configuration, trains a model
 * and samples from it in a headless Chromium: in a page and in a worker, built and from the development server. Exit codes: 0
 * passed, 1 something is wrong, 2 there is no Chromium. Some minutes; the network brings Vite and TensorFlow.js.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEngine } from '@trivium/engine/node'
import { browse, findChromium } from './browser/chromium.ts'
import { type Expected, faultsOf, type Report, type Trial, trials } from './browser/expectations.ts'
import { trainAndSample } from './browser/project/train.ts'
import { type Served, type Site, serve } from './browser/server.ts'
import { importsIn, packageOf } from './map/imports.ts'
import { installPacked } from './packages/outside.ts'
import { must } from './packages/run.ts'
import { publishedPackages, withDependencies } from './packages/workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const project = 'scripts/browser/project'
/** SwiftShader is slow, all the more on a busy machine. */
const secondsAPage = 300
const log = (line: string): void => void process.stdout.write(`${line}\n`)
let wrong = 0

function tell({ name, where, gpu, isolated }: Trial, kind: string, report: Report, expected: Expected): void {
  const faults = faultsOf({ name, where, gpu, isolated }, report, expected)
  const title = [kind, where, name, ...(isolated ? ['isolated'] : [])].join(' ')
  log(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${title}${faults.length === 0 ? summaryOf(report) : ''}`)
  for (const fault of faults) log(`       ${fault}`)
  wrong += faults.length
}

function summaryOf({ result }: Report): string {
  if (result === undefined || !('losses' in result)) return ''
  const { losses, text, ms } = result as { losses: number[]; text: string; ms: number }
  const [first, last] = [losses[0], losses[losses.length - 1]]
  return `: ${losses.length} steps ${first.toFixed(2)} → ${last.toFixed(2)} nats, '${text}', ${(ms / 1000).toFixed(1)} s`
}

/** What the page loaded: JavaScript, and the one WebAssembly file. */
function tellSize(served: readonly Served[]): void {
  const kb = (files: readonly Served[], of: 'bytes' | 'gzipped'): string =>
    (files.reduce((sum, file) => sum + file[of], 0) / 1000).toFixed(0)
  const [js, wasm] = ['.js', '.wasm'].map((ending) => served.filter(({ path }) => path.endsWith(ending)))
  log(
    `       it loaded ${kb(js, 'gzipped')} kB of JavaScript gzipped, and ${kb(wasm, 'bytes')} kB of WebAssembly (${kb(wasm, 'gzipped')} gzipped)`,
  )
}

async function install(): Promise<string> {
  const names = importsIn(root, project).flatMap(({ imported }) => packageOf(imported) ?? [])
  const packages = withDependencies(
    publishedPackages(root),
    names.map((name) => `@trivium/${name}`),
  )
  const folder = mkdtempSync(join(tmpdir(), 'trivium-browser-'))
  log(`packing ${packages.length} packages, installing them and Vite in ${folder}`)
  await installPacked(root, packages, folder, ['vite@8'])
  for (const file of ['index.html', 'page.ts', 'worker.ts', 'cases.ts', 'train.ts'])
    cpSync(join(root, project, file), join(folder, file))
  return folder
}

async function run(trial: Trial, path: string, page: string, site: Site): Promise<Report> {
  const query = new URLSearchParams({ case: trial.name, in: trial.where, report: site.origin })
  const answer = site.expect(secondsAPage)
  return (await browse({ path, gpu: trial.gpu === true, address: `${page}/?${query}` }, answer)) as Report
}

async function checkBuilt(folder: string, path: string, expected: Expected): Promise<void> {
  await must('npx', ['vite', 'build'], { cwd: folder })
  for (const trial of trials) {
    const site = await serve(join(folder, 'dist'), { isolated: trial.isolated })
    tell(trial, 'built', await run(trial, path, site.origin, site), expected)
    if (trial === trials[0]) tellSize(site.served)
    site.close()
  }
}

/** From Vite's development server. The first page makes it bundle the packages. */
async function checkServed(folder: string, path: string, expected: Expected): Promise<void> {
  const site = await serve(folder)
  const server = spawn(
    process.execPath,
    [join('node_modules', 'vite', 'bin', 'vite.js'), '--host', '127.0.0.1'],
    {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  try {
    const address = await addressOf(server)
    for (const where of ['page', 'worker'] as const) {
      const trial = { name: 'wasm', where } as const
      tell(trial, 'development', await run(trial, path, address, site), expected)
    }
  } finally {
    server.kill()
    site.close()
  }
}

/** Vite takes a free port and prints it. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    server.stdout?.on('data', (text: Buffer) => {
      printed += text.toString('utf8')
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)
      if (found !== null) resolve(found[0])
    })
    server.once('exit', (code) => reject(new Error(`Vite's development server ended with ${code}`)))
  })
}

async function main(path: string): Promise<void> {
  await startEngine('wasm', { blas: 'off' })
  const expected = { thirty: await trainAndSample(30), three: await trainAndSample(3) }
  log('building')
  await must('pnpm', ['build'], { cwd: root })
  const folder = await install()
  await checkBuilt(folder, path, expected)
  await checkServed(folder, path, expected)
  if (wrong === 0) rmSync(folder, { recursive: true, force: true })
  else log(`${wrong} faults; the project stays in ${folder}`)
  process.exitCode = wrong === 0 ? 0 : 1
}

const chromium = findChromium()
if (chromium === null) {
  process.stderr.write(
    `there is no Chromium at ${process.env.TRIVIUM_CHROMIUM ?? 'a usual place'}: install one (Debian: apt install chromium), or let TRIVIUM_CHROMIUM name it\n`,
  )
  process.exitCode = 2
} else
  await main(chromium).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
