/** @file What an experiment compares: finished references, and its own models, each trained once for every seed. */
import { readManifest } from '@trivium/models/node'
import { type ExperimentConfig, InputError, type ModelEntry } from '@trivium/schema'
import type { CheckedConfig } from './check.ts'
import type { Candidate } from './jobs/evaluate.ts'
import { lastCheckpoint, modelDirectory } from './model-directory.ts'
import { textTaskOf } from './text-reference.ts'

/** One training of a model; `name` is that of its folder and of its stage. */
export type Run = { readonly name: string; readonly seed: number; readonly candidate: Candidate }
export type Entrant = {
  readonly name: string
  /** Models of one group were trained alike: reference, fresh. */
  readonly group: string
  readonly runs: readonly [Run, ...Run[]]
}

/** The training seeds of an experiment. */
export const seedsOf = ({ seed, seeds }: Pick<CheckedConfig, 'seed' | 'seeds'>): readonly number[] =>
  seeds ?? [seed]

/** The folder of a model's run: its name, and the seed where there are several. */
export const runName = (name: string, seed: number, seeds: readonly number[]): string =>
  seeds.length === 1 ? name : `${name}@${seed}`

/** A model to be trained with a seed; `name` is that of its folder. */
export type PlannedTraining = { readonly name: string; readonly seed: number; readonly entry: ModelEntry }

export function trainingsOf({
  models,
  ...config
}: Pick<ExperimentConfig, 'seed' | 'seeds' | 'models'>): PlannedTraining[] {
  const seeds = seedsOf(config)
  return models.flatMap((entry) =>
    seeds.map((seed) => ({ name: runName(entry.name, seed, seeds), seed, entry })),
  )
}

/** References first, then the models of the run. */
export function entrantsOf(config: CheckedConfig, directory: string): Entrant[] {
  const seeds = seedsOf(config)
  return [
    ...config.references.map((reference): Entrant => {
      const { name, checkpoint } = reference
      const task = textTaskOf(config.dataset, readManifest(checkpoint))
      const candidate: Candidate = { ...reference, ...(task !== null && { task }) }
      return { name, group: 'reference', runs: [{ name, seed: config.seed, candidate }] }
    }),
    ...config.models.map(({ name, samplers }): Entrant => {
      const [first, ...others] = seeds.map((seed): Run => {
        const run = runName(name, seed, seeds)
        return {
          name: run,
          seed,
          candidate: {
            name,
            // Of now, not of the training: a sweep may change and the weights stay.
            ...(samplers !== undefined && { samplers }),
            checkpoint: lastCheckpoint(modelDirectory(directory, run)),
          },
        }
      })
      if (first === undefined) throw new InputError(`the model '${name}' has no training seed`)
      return { name, group: 'fresh', runs: [first, ...others] }
    }),
  ]
}
