import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineNames, samplerTypes } from '@trivium/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandRows } from './command-rows.ts'
import { listenForInterrupt } from './interrupt.ts'
import { cli } from './testing.ts'

/** The command as a process of its own, from source. */
const mainArgv: string[] = [
  '--conditions=@trivium/source',
  '--import',
  import.meta.resolve('tsx'),
  fileURLToPath(new URL('./main.ts', import.meta.url)),
]
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('help and version are data, with exit code 0', async () => {
  expect(await cli('--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('compare') })
  expect(await cli('--version')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})

it.each([
  'doctor',
  'train',
  'sample',
  'eval',
  'tune',
  'compare',
  'sweep',
  'worker',
  'report',
  'export',
  'gate',
  'baseline',
  'validate',
  'ls',
  'data',
])('%s --help shows at least two examples', async (command) => {
  const { code, out } = await cli(command, '--help')
  expect(code).toBe(0)
  expect(out.match(new RegExp(`pnpm trivium ${command} ?`, 'g'))?.length).toBeGreaterThanOrEqual(2)
})

it.each(commandRows)('the list of commands shows what $name takes', async ({ name }) => {
  const [usage] = (await cli(name, '--help')).out.split('\n')
  expect((await cli('--help')).out).toContain(`\n  ${usage.replace('Usage: trivium ', '')} `)
})

it('the list of commands loads nothing but commander', () => {
  const seen = new Set<string>()
  const bare = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    // Types are gone when it runs, and import() waits.
    const imports = readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(
      /^(?:import (?!type)|\} )[^'\n]*from '([^']+)'$|^import '([^']+)'$/gm,
    )
    for (const [, from, alone] of imports) {
      const name = from ?? alone
      if (name.startsWith('.')) visit(name.slice(2))
      else if (!name.startsWith('node:')) bare.add(name)
    }
  }
  visit('main.ts')
  visit('cli.ts')
  expect([...bare]).toEqual(['commander'])
  expect(seen.size).toBeGreaterThan(5)
})

it('a bare trivium shows the help on stderr', async () => {
  expect(await cli()).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/Usage: trivium[\s\S]*name a command/),
  })
})

describe('bad input is one line on stderr and exit code 2', () => {
  it.each([
    [['smaple'], /unknown command 'smaple'.*sample/],
    [['train', '--cofnig', 'x'], /unknown option '--cofnig'.*--config/],
    [['train', 'my.yaml'], /unexpected argument 'my\.yaml' \(did you mean --config my\.yaml\?\)/],
    [['sample', 'a/model'], /unexpected argument 'a\/model' \(did you mean --checkpoint a\/model\?\)/],
    [['doctor', 'x'], /unexpected argument 'x'; see/],
    [['train'], /--config is missing; e\.g\. --config configs\/demo\.yaml/],
    [['compare', '--config', 'nowhere.yaml'], /there is no config file nowhere\.yaml/],
    [['sample'], /--checkpoint is missing/],
    [['sample', '--checkpoint', 'x', '--steps', '0'], /--steps.*'0' is invalid/],
    [['sample', '--checkpoint', 'x', '-n', '1e9'], /--samples.*'1e9' is invalid.*from 1 to 1000000/],
    [['sample', '--checkpoint', 'x', '--infill', 'no gap'], /--infill has no gap/],
    [['sample', '--checkpoint', 'x', '--sampler', 'dddim'], /did you mean 'ddim'/],
    [['sample', '--checkpoint', 'x', '--engine', 'wasm', '--engine', 'native'], /one engine a command/],
    [
      ['eval', '--checkpoint', 'x', '--engine', 'wasm,native'],
      /'wasm,native' is invalid.*one engine a command/,
    ],
    [['train', '--engine', 'tpu'], /'tpu' is invalid.*auto, cuda, native, webgpu, wasm, cpu/],
    [['compare', '--threads', '0'], /--threads.*'0' is invalid/],
    [['ls', 'sampler'], /'sampler' is invalid.*samplers/],
    [['ls', 'samplers', '--progress', 'loud'], /'loud' is invalid/],
    [['report', 'nowhere'], /the results nowhere cannot be read/],
    [['report', 'a', 'b'], /2 runs make one report; say where it goes with --out/],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await cli(...argv)
    expect(err).toMatch(message)
    expect(err).toMatch(/^error: [^\n]*\n$/)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  it('results that are torn or of another schema', async () => {
    const path = join(folder, 'results.json')
    writeFileSync(path, '{"schemaVersion": 1,')
    expect(await cli('report', folder)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/results\.json is not JSON/),
    })
    writeFileSync(path, '{"schemaVersion": 99}')
    expect(await cli('report', path)).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /results\.json holds results of version 99, this Trivium reads versions 1 to 3/,
      ),
    })
  })
})

it('--engine and --threads are keys of the experiment', async () => {
  const config = (await cli('train', '-c', 'configs/demo.yaml', '--print-config')).out
  expect(config).toMatch(/^engine: auto$/m)
  expect(config).not.toMatch(/^threads:/m)
  const named = ['--engine', 'wasm', '--threads', '2', '--print-config']
  const { out } = await cli('compare', '-c', 'configs/demo.yaml', ...named)
  expect(out).toMatch(/^engine: wasm$/m)
  expect(out).toMatch(/^threads: 2$/m)
})

it('an experiment from stdin is like one from a file, its paths relative to the working directory', () => {
  const text = (type: string): string => `name: x
dataset: { name: file, path: text.txt }
tokenizer: { type: ${type} }
models: [{ name: ar, paradigm: autoregressive }]
`
  const read = (type: string): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [...mainArgv, 'train', '-c', '-', '--print-config'], {
      cwd: folder,
      encoding: 'utf8',
      input: text(type),
    })
  expect(read('char')).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^ {2}path: text\.txt$/m),
  })
  expect(read('chr')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^error: stdin:3: /),
  })
})

it('lists are data, as text and as JSON', async () => {
  const { out } = await cli('ls', 'samplers')
  expect(out).toMatch(
    /^ddim +continuous-diffusion +steps +steps \(needed\), temperature=1, topK, .* +ζ = 0.* 2010\.02502$/m,
  )
  expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual([...samplerTypes, ''])
  const json = JSON.parse((await cli('ls', 'engines', '--json')).out) as { name: string }[]
  expect(json.map(({ name }) => name)).toEqual(engineNames)
})

it('a stop ends the process, unless somebody promised to stop at a safe point; then the second does', () => {
  const [lines, codes]: [string[], number[]] = [[], []]
  const listen = (): ReturnType<typeof listenForInterrupt> =>
    listenForInterrupt(
      (line) => lines.push(line),
      (code) => codes.push(code),
    )
  const early = listen()
  process.emit('SIGHUP', 'SIGHUP')
  expect({ lines, codes }).toEqual({ lines: ['interrupted'], codes: [129] })
  early.release()
  const interrupt = listen()
  try {
    const { signal } = interrupt
    expect(interrupt.exitCode()).toBeNull()
    process.emit('SIGINT', 'SIGINT')
    expect(signal.aborted).toBe(true)
    expect({ lines: lines.length, code: interrupt.exitCode(), codes }).toEqual({
      lines: 2,
      code: 130,
      codes: [129],
    })
    process.emit('SIGTERM', 'SIGTERM')
    expect(codes).toEqual([129, 130])
  } finally {
    interrupt.release()
  }
})
