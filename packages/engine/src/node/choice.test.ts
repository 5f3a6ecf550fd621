/** The choice with real libraries, broken ones made for the purpose, in processes of their own. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calibrationFileSchema } from '@trivium/schema'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findBlas } from './blas.ts'
import { runScript, type ScriptResult } from './testing.ts'

// Each start is a process, and each measurement one a candidate.
vi.setConfig({ testTimeout: 300_000 })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivium-choice-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Starts `auto` for a tiny model and prints what came of it. */
const auto = `const e = await engine.startEngine('auto', { workload: { width: 32, length: 32, batch: 1 } })
console.log(JSON.stringify({ label: e.label, how: e.choice.how }))
process.exit(0)`
const run = (env: NodeJS.ProcessEnv, body = auto): Promise<ScriptResult> =>
  runScript(body, { TRIVIUM_ENGINE_CACHE: join(folder, 'cache'), ...env })
const warnings = ({ err }: ScriptResult): string[] => err.split('\n').filter((l) => l.startsWith('warning: '))
const measurements = ({ err }: ScriptResult): number =>
  err.split('\n').filter((l) => l.startsWith('measuring ')).length
const started = ({ out }: ScriptResult): { label: string; how: string } => JSON.parse(out)
const named = (name: string): string => `await engine.startEngine('${name}').catch((error) => {
  console.log(error.name + ': ' + error.message)
  process.exit(2)
})
process.exit(0)`

const compiler = process.env.CC ?? 'cc'
const compiles = ((): boolean => {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
/** A shared library out of C. */
function library(source: string): string {
  const [from, to] = [join(folder, 'blas.c'), join(folder, 'libblas-test.so')]
  writeFileSync(from, source)
  execFileSync(compiler, ['-shared', '-fPIC', '-o', to, from])
  return to
}
const sgemm = (body: string): string =>
  `void cblas_sgemm(int o, int ta, int tb, int m, int n, int k, float al, const float *a, int lda, const float *b, int ldb, float be, float *c, int ldc) { ${body} }`
/** Right, and slow enough that our kernels win. */
const slow = sgemm(`for (int i = 0; i < m; i++) for (int j = 0; j < n; j++) {
  float s = 0;
  for (int p = 0; p < k; p++) for (volatile int w = 0; w < 8; w++)
    if (w == 0) s += (ta == 112 ? a[p * lda + i] : a[i * lda + p]) * (tb == 112 ? b[j * ldb + p] : b[p * ldb + j]);
  c[i * ldc + j] = al * s + (be == 0 ? 0 : be * c[i * ldc + j]);
}`)

describe('auto', () => {
  it('takes wasm without a measurement, a child or a warning where there is nothing else', async () => {
    const result = await run({ TRIVIUM_BLAS: 'off' })
    expect(result).toMatchObject({ code: 0, err: '' })
    expect(started(result)).toEqual({ label: 'wasm', how: 'only' })
    expect(existsSync(join(folder, 'cache'))).toBe(false)
  })

  it.skipIf(findBlas().blas === null)(
    'measures once a size, keeps it, and measures again on a changed machine',
    async () => {
      const [first, second] = [await run({}), await run({})]
      expect([first, second].map(measurements)).toEqual([1, 0])
      expect(started(second)).toEqual(started(first))
      expect(started(first).how).toBe('measured')
      const file = join(folder, 'cache', 'calibration.json')
      const { machines } = calibrationFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
      const [{ sizes }] = Object.values(machines)
      expect(sizes).toMatchObject([{ width: 32, length: 32, batch: 1, threads: null }])
      const candidates = sizes[0].figures.map(({ candidate }) => candidate)
      expect(candidates).toEqual(expect.arrayContaining(['wasm+blas', 'wasm']))
      // Another core type is another library, as far as the figures go; a torn file is no file.
      expect(measurements(await run({ OPENBLAS_CORETYPE: 'Haswell' }))).toBe(1)
      writeFileSync(file, '{"schemaVersion": 1,')
      expect(measurements(await run({}))).toBe(1)
    },
  )

  it.skipIf(!compiles)('does not let a slow BLAS win, though it works', async () => {
    const path = library(slow)
    const result = await run({ TRIVIUM_BLAS: path }, auto.replace('batch: 1', 'batch: 4'))
    expect(warnings(result)).toEqual([])
    expect(started(result)).toEqual({ label: 'wasm', how: 'measured' })
  })

  it('works without a cache that can be written', async () => {
    writeFileSync(join(folder, 'cache'), 'a file where the folder should be')
    const result = await run({ TRIVIUM_BLAS: '/nowhere/libopenblas.so.0' })
    expect(result.code).toBe(0)
    expect(started(result).label).toBe('wasm')
  })
})

describe('a BLAS that does not work: auto warns once, a named engine fails', () => {
  const broken: [string, () => string, RegExp][] = [
    ['that is not there', () => join(folder, 'libnone.so'), /libnone\.so: file not found/],
    [
      'of another architecture',
      () => {
        const path = join(folder, 'lib32.so')
        // ELF, 32 bit, for SPARC: enough for the linker to refuse it.
        const header = [0x7f, 0x45, 0x4c, 0x46, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 0, 0, 0, 1]
        writeFileSync(path, Buffer.concat([Buffer.from(header), Buffer.alloc(200)]))
        return path
      },
      /lib32\.so: not a library for/,
    ],
    ...(!compiles
      ? []
      : ([
          [
            'that computes wrong',
            () => library(sgemm('c[0] = 7;')),
            /its sgemm gave \[7,9,9,9\] for \[23,29,41,47\]/,
          ],
          ['without sgemm', () => library('int x;'), /it has no symbol cblas_sgemm/],
          ['that crashes', () => library(sgemm('*(volatile int *)0 = 1;')), /ended by SIGSEGV/],
        ] as [string, () => string, RegExp][])),
  ]
  it.each(broken)('%s', async (title, make, reason) => {
    const TRIVIUM_BLAS = make()
    for (const _ of title === 'that is not there' ? ['measured', 'kept'] : ['measured']) {
      const result = await run({ TRIVIUM_BLAS })
      expect(warnings(result)).toEqual([expect.stringMatching(reason)])
      expect(warnings(result)[0]).toMatch(
        /^warning: engine 'wasm\+blas' does not load: .*; auto goes on with wasm$/,
      )
      expect(started(result).label).toMatch(/^wasm$/)
    }
    if (title === 'that crashes') return
    const { code, out } = await run({ TRIVIUM_BLAS }, named('wasm'))
    expect({ code, out }).toEqual({
      code: 2,
      out: expect.stringMatching(
        /^InputError: engine 'wasm' does not load: .*TRIVIUM_BLAS.*--engine auto\n$/,
      ),
    })
    expect(out).toMatch(reason)
  })

  it.skipIf(!compiles)('one without threads of its own is taken when it is named, and says so', async () => {
    const path = library(slow)
    const body = `const e = await engine.startEngine('wasm', { threads: 2 })
console.log(JSON.stringify({ label: e.label, threads: e.threads, detail: e.detail }))
process.exit(0)`
    const { out } = await run({ TRIVIUM_BLAS: path }, body)
    expect(JSON.parse(out)).toEqual({
      label: 'wasm+blas',
      threads: null,
      detail: expect.stringContaining(`unknown BLAS, its own number of threads (${path})`),
    })
  })
})

describe('a half-installed native engine', () => {
  it('is one warning at every start, and exit code 2 when it is named', async () => {
    mkdirSync(join(folder, 'cache', 'native', 'native'), { recursive: true })
    const environment = { TRIVIUM_BLAS: 'off' }
    for (const _ of ['measured', 'kept']) {
      const result = await run(environment)
      expect(warnings(result)).toEqual([
        expect.stringMatching(
          /engine 'native' does not load: .*half-installed: install\.json is missing.*pnpm engine:native.*auto goes on with wasm$/,
        ),
      ])
    }
    const { code, out } = await run(environment, named('native'))
    expect({ code, out }).toEqual({ code: 2, out: expect.stringMatching(/half-installed/) })
  })
})

describe('an engine that was the fastest and does not load any more', () => {
  /** Figures as if a GPU had been measured here; the machine's key is the one of now. */
  const remember = `const { keepSize } = await import(${JSON.stringify(new URL('./calibration-cache.ts', import.meta.url).href)})
const size = { width: 32, length: 32, batch: 1, threads: null }
keepSize({ ...size, failures: [], figures: [
  { candidate: 'cuda', label: 'cuda', trainMs: 1, forwardMs: 1 },
  { candidate: 'wasm', label: 'wasm', trainMs: 2, forwardMs: 2 },
] })
`
  it('is one warning, the next one runs, and it is forgotten', async () => {
    // Something of cuda is installed, or nothing would be measured.
    mkdirSync(join(folder, 'cache', 'native', 'cuda.partial'), { recursive: true })
    const environment = { TRIVIUM_BLAS: 'off' }
    const result = await run(environment, remember + auto)
    expect(started(result)).toEqual({ label: 'wasm', how: 'measured' })
    expect(warnings(result)).toEqual([
      expect.stringMatching(
        /engine 'cuda' was measured here before and does not load any more: .*half-installed.*auto goes on with wasm$/,
      ),
    ])
    expect(measurements(await run(environment))).toBe(1)
  })

  it('is found out before it is handed to workers', async () => {
    mkdirSync(join(folder, 'cache', 'native', 'cuda.partial'), { recursive: true })
    const body = `${remember}
const c = await engine.chooseEngine('auto', { workload: size })
console.log(JSON.stringify({ name: c.name, blas: c.blas }))`
    const result = await run({ TRIVIUM_BLAS: 'off' }, body)
    expect(JSON.parse(result.out)).toEqual({ name: 'wasm', blas: 'off' })
    expect(warnings(result)).toHaveLength(1)
  })
})

describe('threads', () => {
  it.each(['0', 'two', '1.5', '1000'])('TRIVIUM_THREADS=%s is refused', async (TRIVIUM_THREADS) => {
    const { code, out } = await run({ TRIVIUM_THREADS }, named('wasm'))
    expect({ code, out }).toEqual({
      code: 2,
      out: `InputError: TRIVIUM_THREADS is '${TRIVIUM_THREADS}'; wanted a whole number from 1 to 256\n`,
    })
  })

  it.skipIf(!/OpenBLAS/.test(findBlas().blas?.name ?? ''))('two are told by the label', async () => {
    const body = `const e = await engine.startEngine('wasm')
console.log(JSON.stringify({ label: e.label, threads: e.threads }))
process.exit(0)`
    const { out } = await run({ TRIVIUM_THREADS: '2' }, body)
    expect(JSON.parse(out)).toEqual({ label: 'wasm+openblas×2', threads: 2 })
  })
})
