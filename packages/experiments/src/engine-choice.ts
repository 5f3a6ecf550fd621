/** @file One engine for a whole command: `auto` is resolved once, before any worker starts. */
import { chooseEngine, defaultWorkload, type EngineChoice, type Workload } from '@trivium/engine/node'
import { readManifest } from '@trivium/models/node'
import type { EngineName, EngineUse, ExperimentConfig, Manifest } from '@trivium/schema'
import { resolveModel } from './resolve.ts'

type Log = (line: string) => void

/**
 * The engine of an experiment: the fastest in training for its widest model. One for all models and all stages, so that a
 * difference between them is none between engines.
 */
export async function engineOfExperiment(config: ExperimentConfig, log?: Log): Promise<EngineChoice> {
  const plans = await Promise.all(config.models.map((entry) => resolveModel(config, entry)))
  const [widest] = plans.sort((a, b) => b.backbone.width - a.backbone.width)
  const { backbone, length, training } = widest
  const workload = { width: backbone.width, length, batch: training.batchSize }
  return chooseEngine(config.engine, { workload, threads: config.threads ?? null, log })
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
