/** @file Starting an engine in Node, and finding out which ones load here. */
import { type EngineName, engineNames, InputError } from '@trivium/schema'
import { firstLine, refuseSecond } from '../starting.ts'
import { type ActiveEngine, setActiveEngine } from '../state.ts'
import { silenceBanners } from './banners.ts'
import { askChild } from './child-process.ts'
import { type ChoiceOptions, type EngineChoice, firstThatLoads, named } from './choice.ts'
import { measureGemm } from './gemm-rate.ts'
import { type EngineOptions, loaders, Obstacle, threadsOf } from './loaders.ts'

export { defaultWorkload, ranking } from '../measure.ts'
export type { Workload } from '../proxy.ts'
export { stopEngine } from '../starting.ts'
export { calibrate } from './calibration.ts'
export { CALIBRATION_FILE, keptSizes } from './calibration-cache.ts'
export { type ChoiceOptions, chooseEngine, type EngineChoice } from './choice.ts'
export { measureGemm } from './gemm-rate.ts'
export { type EngineOptions, threadsOf } from './loaders.ts'

/**
 * Starts an engine for this process. `auto` takes the fastest here for `workload` and goes on to the next where one does
 * not load; a name, or a choice of `chooseEngine`, is started or fails.
 * @throws InputError when a named engine is unknown or does not load, with the reason and what to do, or when another one
 * runs in this process and has tensors.
 */
export async function startEngine(
  wanted: EngineName | 'auto' | EngineChoice = 'auto',
  options: EngineOptions & ChoiceOptions = {},
): Promise<ActiveEngine> {
  const asked = typeof wanted === 'string' ? wanted : wanted.name
  if (asked !== 'auto' && !engineNames.includes(asked))
    throw new InputError(`engine '${String(asked)}' is unknown; use one of auto, ${engineNames.join(', ')}`)
  silenceBanners()
  if (wanted === 'auto') return firstThatLoads(options, (choice) => start(choice, options))
  const choice = typeof wanted === 'string' ? named(wanted, threadsOf(options)) : wanted
  refuseSecond(choice.name)
  try {
    return await start(choice, options)
  } catch (error) {
    const advice = error instanceof Obstacle ? error.advice : loaders[choice.name].advice
    throw new InputError(
      `engine '${choice.name}' does not load: ${firstLine(error)}; ${advice}, or use --engine auto`,
    )
  }
}

async function start(choice: EngineChoice, options: EngineOptions): Promise<ActiveEngine> {
  const { name, blas, threads, how, use, calibration } = choice
  const engine = await loaders[name].load({ ...options, blas: options.blas ?? blas, threads })
  const started = { ...engine, choice: { how, use, calibration } }
  setActiveEngine(started)
  return started
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
    return (await askChild('probe-child', [name])) as EngineProbe
  } catch (error) {
    return {
      name,
      loads: false,
      detail: `its probe ended without an answer: ${firstLine(error)}`,
      advice: loaders[name].advice,
    }
  }
}

/** The probe itself; runs in the child. */
export async function probeHere(name: EngineName): Promise<EngineProbe> {
  try {
    silenceBanners()
    const engine = await loaders[name].load({})
    setActiveEngine(engine)
    return {
      name,
      loads: true,
      detail: engine.detail ?? engine.label,
      gemmGflops: await measureGemm(name === 'cpu' ? 128 : 512),
    }
  } catch (error) {
    const advice = error instanceof Obstacle ? error.advice : loaders[name].advice
    return { name, loads: false, detail: firstLine(error), advice }
  }
}
