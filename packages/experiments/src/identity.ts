/**
 * @file What a trained model is: its own settings and the shared ones that it uses. Settings at their default have no part
 * in it, so that an option that is new finds what was trained before.
 */
import { sha256 } from '@trivium/files'
import {
  canonicalJson,
  type DatasetConfig,
  type ExperimentConfig,
  type ModelEntry,
  numbersVersion,
  paradigmTable,
  trainingConfigSchema,
  withoutDefaults,
} from '@trivium/schema'
import { trainingsOf } from './entrants.ts'

type Shared = Pick<
  ExperimentConfig,
  'seed' | 'engine' | 'threads' | 'dataset' | 'tokenizer' | 'model' | 'training'
>

/** 8 digits of the sha256 of all settings that the weights depend on; what the data hold stands in the manifest. */
export const modelHash8 = (
  shared: Shared,
  entry: ModelEntry,
  version: number = numbersVersion.training,
): string => hash8(identityOf(shared, entry, version))

/** Of all models with every seed: another evaluation block, description or reference is the same training. */
export const configHash8 = (config: ExperimentConfig, version?: number): string =>
  hash8(config.models.length > 0 ? modelHashes(config, version) : measuredOnly(config))

/** Of an experiment that trains nothing. */
const measuredOnly = ({ dataset, references, oracle }: ExperimentConfig): unknown => ({
  dataset: sourceOf(dataset),
  references: references.map(({ name }) => name),
  oracle: oracle !== undefined,
})

/** By the name of a training's folder. */
export const modelHashes = (config: ExperimentConfig, version?: number): Record<string, string> =>
  Object.fromEntries(
    trainingsOf(config).map(({ name, seed, entry }) => [
      name,
      modelHash8({ ...config, seed }, entry, version),
    ]),
  )

const hash8 = (value: unknown): string => sha256(canonicalJson(value)).slice(0, 8)

function identityOf(
  { seed, engine, threads, dataset, tokenizer, model, training }: Shared,
  entry: ModelEntry,
  version: number,
): unknown {
  return {
    seed,
    engine: engine === 'auto' ? undefined : engine,
    threads,
    dataset: sourceOf(dataset),
    tokenizer,
    model: { ...model, ...entry.model },
    training: withoutDefaults({ ...training, ...entry.training }, trainingConfigSchema.parse({})),
    paradigm: entry.paradigm,
    from: entry.from,
    options: withoutDefaults(entry.options, paradigmTable[entry.paradigm].options.parse({}) as object),
    // The first version leaves no trace in what was hashed before there was one.
    version: version === 1 ? undefined : version,
  }
}

/** A pin says which content is wanted, not another source; `type: text` may be left out. */
const sourceOf = (dataset: DatasetConfig): unknown => ({
  ...dataset,
  sha256: undefined,
  type: dataset.type === 'text' ? undefined : dataset.type,
})
