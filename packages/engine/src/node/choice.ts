/** @file The choice of `auto`: the engine that is fastest here at a model of this size, by measurement (docs/decisions/0006). */
import {
  type Calibration,
  type EngineCandidate,
  type EngineChoiceRecord,
  type EngineName,
  type EngineUse,
  engineTable,
  InputError,
} from '@trivium/schema'
import { defaultWorkload, ranking } from '../measure.ts'
import type { Workload } from '../proxy.ts'
import { firstLine } from '../starting.ts'
import { askCandidate, blasNamed, calibrate, installedCandidates, settingsOf } from './calibration.ts'
import { forgetMachine, knowsMachine, rememberMachine } from './calibration-cache.ts'
import { type EngineOptions, loaders, Obstacle, threadsOf } from './loaders.ts'
import { nativeState } from './native-addon.ts'

/** A resolved choice, plain JSON: a parent makes it once, and each of its workers starts exactly this. */
export type EngineChoice = EngineChoiceRecord & {
  readonly name: EngineName
  readonly blas: EngineOptions['blas']
  readonly threads: number | null
}

export type ChoiceOptions = {
  /** The model's size; the small preset in training when absent. */
  workload?: Workload
  /** What it has to be fast at; training when absent. */
  use?: EngineUse
  threads?: number | null
  /** Gets the line of a measurement and the one warning; stderr when absent. */
  log?: (line: string) => void
}

/**
 * Which engine to start. `auto` measures what is installed, once a machine and size of model; what does not load is told in
 * one warning. What is not part of every installation is loaded once in a child before it is handed out.
 * @throws InputError when the number of threads is none
 */
export async function chooseEngine(
  wanted: EngineName | 'auto',
  options: ChoiceOptions = {},
): Promise<EngineChoice> {
  const threads = threadsOf(options)
  if (wanted !== 'auto') return named(wanted, threads)
  return firstThatLoads(options, async (choice, fresh) => {
    if (fresh || engineTable[choice.name].bundled) return choice
    const candidate = choice.name as EngineCandidate
    const answer = await askCandidate({ candidate, threads, workload: null })
    if ('failure' in answer) throw new Obstacle(answer.failure, answer.advice)
    return choice
  })
}

export const named = (name: EngineName, threads: number | null): EngineChoice => ({
  name,
  blas: 'auto',
  threads,
  how: 'named',
  use: null,
  calibration: null,
})

/**
 * Tries the candidates, fastest first, cpu last, until `load` does not throw; everything that is wrong is one warning.
 * @param load `fresh`: the choice was measured a moment ago
 * @throws InputError when none loads
 */
export async function firstThatLoads<T>(
  { workload = defaultWorkload, use = 'training', ...options }: ChoiceOptions,
  load: (choice: EngineChoice, fresh: boolean) => Promise<T>,
): Promise<T> {
  const log = options.log ?? ((line) => void process.stderr.write(`${line}\n`))
  const threads = threadsOf(options)
  const { calibration, fresh, faults } = await survey(workload, threads, log)
  const measured = calibration === null ? (['wasm'] as const) : ranking(calibration, use)
  const how = measured.length > 1 ? 'measured' : 'only'
  const choices = measured.map(
    (c): EngineChoice => ({ ...settingsOf(c), threads, how, use: how === 'only' ? null : use, calibration }),
  )
  for (const choice of [...choices, { ...named('cpu', threads), how: 'only' as const }]) {
    try {
      const loaded = await load(choice, fresh)
      if (faults.length > 0) log(`warning: ${faults.join('; ')}; auto goes on with ${titleOf(choice)}`)
      return loaded
    } catch (error) {
      const advice = error instanceof Obstacle ? error.advice : loaders[choice.name].advice
      faults.push(
        `engine '${titleOf(choice)}' ${calibration === null || fresh ? 'does not load' : 'was measured here before and does not load any more'}: ${firstLine(error)} (${advice})`,
      )
      forgetMachine()
    }
  }
  throw new InputError(`no engine loads here, not even cpu; install again (${faults.join('; ')})`)
}

const titleOf = ({ name, blas }: EngineChoice): string => (blas === 'needed' ? `${name}+blas` : name)

type Survey = { calibration: Calibration | null; fresh: boolean; faults: string[] }

/** Figures, and what is wrong. With wasm alone there is nothing to compare, and no process is started. */
async function survey(
  workload: Workload,
  threads: number | null,
  log: (line: string) => void,
): Promise<Survey> {
  const faults = blasIsMissing() && !knowsMachine() ? [missingBlas] : []
  if (installedCandidates().length === 1) {
    if (faults.length > 0) rememberMachine()
    return { calibration: null, fresh: false, faults }
  }
  const { calibration, fresh } = await calibrate(workload, threads, { log })
  for (const { candidate, reason } of calibration.failures)
    if (fresh || staysWrong[candidate]()) faults.push(`engine '${candidate}' does not load: ${reason}`)
  return { calibration, fresh, faults }
}

const missingBlas =
  'no system BLAS was found, so matrix products run on our own slower kernels: install one (Debian: libopenblas0-pthread, Fedora: openblas; told once)'

const blasIsMissing = (): boolean =>
  process.env.TRIVIUM_BLAS !== 'off' && !installedCandidates().includes('wasm+blas')

/**
 * Something that the user can repair is told at every start. That a GPU's library is installed and has no device here is
 * told when it is found out.
 */
const staysWrong: Readonly<Record<EngineCandidate, () => boolean>> = {
  cuda: () => nativeState('cuda').state === 'broken',
  native: () => true,
  webgpu: () => false,
  'wasm+blas': blasNamed,
  wasm: () => false,
}
