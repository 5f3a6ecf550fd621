import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type EngineName, engineNames, InputError } from '@trivium/schema'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { activeEngine, dispose, tensor } from '../index.ts'
import { setActiveEngine } from '../state.ts'
import { probeEngines, startEngine } from './index.ts'
import { loaders } from './loaders.ts'

// What this machine has measured is not a test's to change.
const cache = vi.hoisted(() => {
  process.env.TRIVIUM_ENGINE_CACHE = `${process.env.TMPDIR ?? '/tmp'}/trivium-node-test-${process.pid}`
  return process.env.TRIVIUM_ENGINE_CACHE
})
afterAll(() => rmSync(cache, { recursive: true, force: true }))
afterEach(() => {
  vi.restoreAllMocks()
  setActiveEngine(null)
})

/** The engines that must not load in a test; the reason has a second line, as native loaders' reasons do. */
const fail = (...names: EngineName[]): void => {
  for (const name of names) {
    const error = new Error(`${name} is broken here\n    at libtensorflow.so.2`)
    vi.spyOn(loaders[name], 'load').mockRejectedValue(error)
  }
}
const refusal = (start: Promise<unknown>): Promise<unknown> =>
  start.then(
    () => null,
    (error: unknown) => error,
  )

describe('startEngine', () => {
  it('there is no engine before it', () => {
    expect(() => activeEngine()).toThrow(/no engine is running; call `await startEngine\('auto'\)`/)
  })

  it('starts the engine it is asked for and labels it', async () => {
    expect(await startEngine('cpu')).toMatchObject({ name: 'cpu', label: 'cpu', threads: 1, kernels: null })
    expect(activeEngine().name).toBe('cpu')
    const wasm = await startEngine('wasm', { blas: 'off' })
    expect(wasm).toMatchObject({ name: 'wasm', label: 'wasm', threads: 1 })
    expect(wasm.kernels).not.toBeNull()
    expect(activeEngine()).toBe(wasm)
    // With a system BLAS the label says which, so that a record tells the two apart.
    expect((await startEngine('wasm')).label).toMatch(/^wasm(\+[a-z0-9]+)?$/)
  })

  it('refuses an unknown engine and lists the known ones', async () => {
    const error = await refusal(startEngine('tpu' as EngineName))
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toBe(
      "engine 'tpu' is unknown; use one of auto, cuda, native, webgpu, wasm, cpu",
    )
  })

  it('says in one line why an engine does not load and what to do, and keeps the running one', async () => {
    const running = await startEngine('cpu')
    fail('webgpu')
    const error = await refusal(startEngine('webgpu'))
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).toBe(
      `engine 'webgpu' does not load: webgpu is broken here; ${loaders.webgpu.advice}, or use --engine auto`,
    )
    expect(activeEngine()).toBe(running)
  })

  it('auto takes cpu with one warning where nothing else loads', async () => {
    fail('cuda', 'native', 'webgpu', 'wasm')
    const lines: string[] = []
    const log = (line: string): void => void (line.startsWith('warning: ') && lines.push(line))
    expect((await startEngine('auto', { log })).name).toBe('cpu')
    expect(lines).toEqual([
      expect.stringMatching(/engine 'wasm.* wasm is broken here .*auto goes on with cpu$/),
    ])
    fail('cpu')
    expect((await refusal(startEngine('auto', { log }))) as Error).toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/no engine loads here/),
    })
  })

  it('refuses a second engine while the first has tensors, and takes the same one again', async () => {
    await startEngine('cpu')
    const x = tensor([1], [1])
    expect((await refusal(startEngine('wasm'))) as Error).toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(
        /^engine 'wasm' cannot start: 'cpu' runs in this process and has \d+ tensors/,
      ),
    })
    expect((await startEngine('cpu')).name).toBe('cpu')
    dispose(x)
    expect((await startEngine('wasm')).name).toBe('wasm')
  })
})

describe('probeEngines', () => {
  // Children load modules with the flags of their parent, which in vitest are vitest's own.
  const { execArgv } = process
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  afterEach(() => {
    process.execArgv = execArgv
  })

  it('answers for every engine, with what loads, or why not and what to do', async () => {
    // A flag that would make a child run something else must not reach it.
    process.execArgv = ['--conditions=@trivium/source', '--eval', 'process.exit(9)', '--import', tsx]
    const probes = await probeEngines()
    expect(probes.map(({ name }) => name)).toEqual([...engineNames])
    for (const { loads, detail, advice, gemmGflops } of probes) {
      expect(detail).toMatch(/^[^\n]+$/)
      if (loads) expect(gemmGflops).toBeGreaterThan(0)
      else expect(advice).toMatch(/\w/)
    }
    expect(probes.filter(({ name, loads }) => loads && (name === 'wasm' || name === 'cpu'))).toHaveLength(2)
  })

  it('tells what ended a probe that gave no answer', async () => {
    process.execArgv = ['--import', 'data:text/javascript,throw new RangeError("no such luck")']
    for (const { loads, detail, advice } of await probeEngines()) {
      expect(loads).toBe(false)
      expect(detail).toBe('its probe ended without an answer: RangeError: no such luck')
      expect(advice).toMatch(/\w/)
    }
  })
})
