/** @file Starting an engine in Node, and finding out which ones load here. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { type EngineName, engineNames, InputError } from '@trivium/schema'
import { measureGemm } from './gemm-rate.ts'
import { type EngineOptions, loaders } from './loaders.ts'
import { type ActiveEngine, setActiveEngine } from './state.ts'

export { measureGemm } from './gemm-rate.ts'
export type { EngineOptions } from './loaders.ts'

/**
 * Starts an engine for this process. `auto` takes the first of cuda, native, webgpu, wasm, cpu that loads.
 * @throws InputError when a named engine is unknown or does not load, with the reason and what to do.
 */
export async function startEngine(
  name: EngineName | 'auto' = 'auto',
  options: EngineOptions = {},
): Promise<ActiveEngine> {
  if (name !== 'auto' && !engineNames.includes(name))
    throw new InputError(`engine '${String(name)}' is unknown; use one of auto, ${engineNames.join(', ')}`)
  silenceBanners()
  if (name !== 'auto') {
    try {
      return activate(await loaders[name].load(options))
    } catch (error) {
      throw new InputError(
        `engine '${name}' does not load: ${reason(error)}; ${loaders[name].advice}, or use --engine auto`,
      )
    }
  }
  for (const candidate of engineNames) {
    try {
      return activate(await loaders[candidate].load(options))
    } catch {
      // `doctor` tells why; auto only goes on.
    }
  }
  throw new InputError('no engine loads here, not even cpu; run pnpm install again')
}

function activate(engine: ActiveEngine): ActiveEngine {
  setActiveEngine(engine)
  return engine
}

const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]

/** TensorFlow.js advertises tfjs-node at first use, and libtensorflow logs its CPU features. */
function silenceBanners(): void {
  tf.env().set('PROD', true)
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
}

export type EngineProbe = {
  name: EngineName
  loads: boolean
  detail: string
  advice?: string
  gemmGflops?: number
}

/** Tries every engine, each in a process of its own: a library that crashes takes only its probe with it. */
export async function probeEngines(): Promise<EngineProbe[]> {
  const probes: EngineProbe[] = []
  for (const name of engineNames) probes.push(await probeEngine(name))
  return probes
}

/** Tries one. */
export async function probeEngine(name: EngineName): Promise<EngineProbe> {
  try {
    const child = fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? './probe-child.ts' : './probe-child.js', import.meta.url),
    )
    const argv = [...loaderFlags(process.execArgv), child, name]
    const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 60_000 })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as EngineProbe
  } catch (error) {
    return {
      name,
      loads: false,
      detail: `its probe ended without an answer: ${causeOfDeath(error)}`,
      advice: loaders[name].advice,
    }
  }
}

/** What execFile knows of a child that failed; its own message only repeats the command line. */
function causeOfDeath(error: unknown): string {
  const { killed, signal, stderr } = error as { killed?: boolean; signal?: string | null; stderr?: string }
  if (killed === true) return 'it took longer than 60 s'
  if (typeof signal === 'string') return `ended by ${signal}`
  return stderr?.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? reason(error)
}

/** How this process finds and loads modules. All other flags stay here: with `--eval` the child would probe again. */
function loaderFlags(argv: readonly string[]): string[] {
  return argv.flatMap((flag, i) => {
    if (!/^(?:--conditions|-C|--import|--require|-r|--loader|--experimental-loader)(?:=|$)/.test(flag))
      return []
    return flag.includes('=') ? [flag] : [flag, argv[i + 1]]
  })
}

/** The probe itself; runs in the child. */
export async function probeHere(name: EngineName): Promise<EngineProbe> {
  try {
    const engine = activate(await loaders[name].load({}))
    return {
      name,
      loads: true,
      detail: engine.detail ?? engine.label,
      gemmGflops: await measureGemm(name === 'cpu' ? 128 : 512),
    }
  } catch (error) {
    return { name, loads: false, detail: reason(error), advice: loaders[name].advice }
  }
}
