/**
 * @file Starting an engine in a browser, in a page or in a worker. What an engine needs is imported when it starts, so a page
 * loads only what it uses.
 */
import * as tf from '@tensorflow/tfjs-core'
import { type Calibration, type EngineChoiceRecord, type EngineUse, InputError } from '@trivium/schema'
import { defaultWorkload, measure, ranking } from '../measure.ts'
import type { Workload } from '../proxy.ts'
import { firstLine, refuseSecond, useBackend } from '../starting.ts'
import { type ActiveEngine, setActiveEngine } from '../state.ts'
import { loadWasm } from './wasm.ts'
import { hasWebgpu, loadWebgpu } from './webgpu.ts'

export { stopEngine } from '../starting.ts'
export type { Workload }

/** What a browser has. */
export type BrowserEngine = 'wasm' | 'webgpu'

export type BrowserOptions = {
  /** Where tfjs-backend-wasm-simd.wasm of tfjs-backend-wasm 4.22 lies, for pages without a bundler that finds it. */
  wasmUrl?: string | URL
  /** For `auto`: the model's size, and what it has to be fast at; the small preset in training when absent. */
  workload?: Workload
  use?: EngineUse
  /** Takes a software adapter for WebGPU too: it computes right and is slower than wasm, so for tests alone. */
  softwareGpu?: boolean
}

const advice: Readonly<Record<BrowserEngine, string>> = {
  wasm: 'let wasmUrl name tfjs-backend-wasm-simd.wasm of @tensorflow/tfjs-backend-wasm 4.22',
  webgpu: 'take wasm',
}

/**
 * Starts an engine for this page or this worker. `auto` takes wasm where there is no GPU; where there is one it measures both
 * for some seconds, on two blocks of a model of this size, and takes the faster.
 * @throws InputError when the engine is unknown or does not load, with the reason and what to do, or when another one runs
 * here and has tensors.
 */
export async function startEngine(
  wanted: BrowserEngine | 'auto' = 'auto',
  options: BrowserOptions = {},
): Promise<ActiveEngine> {
  if (wanted !== 'auto' && !Object.hasOwn(advice, wanted))
    throw new InputError(
      `engine '${String(wanted)}' is unknown in a browser; use one of auto, ${Object.keys(advice).join(', ')}`,
    )
  // The gradients of TensorFlow.js' own ops; a bundler gives them the one tfjs-core that all share.
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js')
  tf.env().set('PROD', true)
  if (wanted !== 'auto') return start(wanted, options, { how: 'named', use: null, calibration: null })
  if (!(await hasWebgpu(options.softwareGpu === true)))
    return start('wasm', options, { how: 'only', use: null, calibration: null })
  return startFastest(options)
}

async function start(
  name: BrowserEngine,
  options: BrowserOptions,
  choice: EngineChoiceRecord,
): Promise<ActiveEngine> {
  refuseSecond(name)
  try {
    const engine = await load(name, options)
    const started = { ...engine, choice }
    setActiveEngine(started)
    return started
  } catch (error) {
    throw new InputError(`engine '${name}' does not load: ${firstLine(error)}; ${advice[name]}`)
  }
}

const load = (
  name: BrowserEngine,
  { wasmUrl, softwareGpu = false }: BrowserOptions,
): Promise<ActiveEngine> => (name === 'wasm' ? loadWasm(wasmUrl) : loadWebgpu(softwareGpu))

/** Both are measured in this very page, one after the other; the faster one goes on. */
async function startFastest(options: BrowserOptions): Promise<ActiveEngine> {
  const { workload = defaultWorkload, use = 'training' } = options
  const calibration: Calibration = { ...workload, threads: null, figures: [], failures: [] }
  const loaded = new Map<string, ActiveEngine>()
  for (const candidate of ['webgpu', 'wasm'] as const) {
    refuseSecond(candidate)
    try {
      const engine = await load(candidate, options)
      setActiveEngine(engine)
      calibration.figures.push({ candidate, label: engine.label, ...(await measure(workload)) })
      loaded.set(candidate, engine)
    } catch (error) {
      calibration.failures.push({ candidate, reason: firstLine(error) })
    }
    setActiveEngine(null)
  }
  const [fastest] = ranking(calibration, use)
  const choice = { how: 'measured', use, calibration } as const
  const engine = loaded.get(fastest)
  // None works: the start says why.
  if (engine === undefined) return start('wasm', options, choice)
  await useBackend(fastest)
  const started = { ...engine, choice }
  setActiveEngine(started)
  return started
}
