/** @file One engine for a whole command: `auto` is resolved once, before any worker starts. */
import { chooseEngine, defaultWorkload, type EngineChoice, type Workload } from '@trivium/engine/node'
import { readManifest } from '@trivium/models/node'
import type { EngineName, EngineUse, ExperimentConfig, Manifest } from '@trivium/schema'
import { resolveModel } from './resolve.ts'

type Log = (line: string) => void

/**
 * The engine of an experiment: the fastest in training for its widest model, or in sampling where it trains none. One for all
 * models and all stages, so that a difference between them is none between engines.
 */
export async function engineOfExperiment(config: ExperimentConfig, log?: Log): Promise<EngineChoice> {
  const { models, references, engine } = config
  const threads = config.threads ?? null
  const trained = await Promise.all(
    models.map(async (entry): Promise<Workload> => {
      const { backbone, length, training } = await resolveModel(config, entry)
      return { width: backbone.width, length, batch: training.batchSize }
    }),
  )
  const workloads =
    trained.length > 0 ? trained : references.map(({ checkpoint }) => workloadOf(readManifest(checkpoint)))
  const workload = workloads.reduce((a, b) => (b.width > a.width ? b : a))
  return chooseEngine(engine, { workload, ...(trained.length === 0 && { use: 'sampling' }), threads, log })
}

/** The engine for one finished model. */
export function engineOfCheckpoint(
  directory: string,
  { engine, threads, use }: { engine: EngineName | 'auto'; threads?: number; use: EngineUse },
  log?: Log,
): Promise<EngineChoice> {
  const workload = workloadOf(readManifest(directory))
  return chooseEngine(engine, { workload, use, threads: threads ?? null, log })
}

/** Of a finished model, which writes a text at a time; the rows are those of a usual training, for the sake of kept figures. */
export const workloadOf = ({ backbone }: Manifest): Workload => ({
  width: backbone.width,
  length: backbone.context,
  batch: defaultWorkload.batch,
})
