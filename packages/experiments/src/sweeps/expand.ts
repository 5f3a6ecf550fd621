/**
 * @file A sweep is an experiment whose models are the trials: each cell of the axes gives every model once more, with the settings
 * of the cell for its own. All that holds for experiments (folders, resume, seeds, the report) then holds for sweeps.
 */
import { type ExperimentConfig, experimentConfigSchema, InputError, withoutDefaults } from '@trivium/schema'
import { type LoadedConfig, loadVariants, printConfig } from '../config.ts'
import { type Cell, cellsOf, concerns, parseAxis, trialName } from './axes.ts'

export type SweepOptions = {
  /** `a.b=1,2` each: every value of one with every value of the others. */
  readonly grid?: readonly string[]
  /** The same, all of them in step. */
  readonly zip?: readonly string[]
  /** Training seeds of each trial, from the experiment's on. */
  readonly seeds?: number
}

/**
 * The experiment at `path` with a model for each trial; its text is the whole of it as YAML, which `compare` runs as well.
 * @throws InputError for an axis that is none, and for a cell that is no legal experiment
 */
export function loadSweep(path: string, sets: readonly string[], options: SweepOptions): LoadedConfig {
  const { grid = [], zip = [], seeds } = options
  if (grid.length + zip.length === 0 && seeds === undefined)
    throw new InputError('a sweep varies something; give --grid a.b=1,2, --zip or --seeds')
  const cells = cellsOf(
    grid.map((text) => parseAxis('--grid', text)),
    zip.map((text) => parseAxis('--zip', text)),
  )
  const { loaded, variants } = loadVariants(path, sets, cells)
  refuseNobody(cells[0], loaded.config)
  const { seed } = loaded.config
  const expanded = experimentConfigSchema.safeParse({
    ...loaded.config,
    models: trialsOf(loaded.config, cells, variants),
    ...(seeds !== undefined && { seeds: Array.from({ length: seeds }, (_, i) => seed + i) }),
  })
  if (!expanded.success)
    throw new InputError(`the sweep is no legal experiment: ${expanded.error.issues[0].message}`)
  return { path, text: printConfig(expanded.data), config: expanded.data }
}

/** A setting of one model that the experiment does not have would be told of no trial. */
function refuseNobody(cell: Cell, { models }: ExperimentConfig): void {
  if (models.length === 0) throw new InputError('the experiment trains no model; a sweep needs one')
  const nobody = cell.find((setting) => !models.some(({ name }, i) => concerns(setting, name, i)))
  if (nobody !== undefined)
    throw new InputError(
      `${nobody.flag} is about no model; name one: models.${models[0].name}.${nobody.keys.at(-1)}`,
    )
}

type Entry = ExperimentConfig['models'][number]

/** Cells that differ in what does not concern a model are one trial of it. */
function trialsOf(
  base: ExperimentConfig,
  cells: readonly Cell[],
  variants: readonly ExperimentConfig[],
): Entry[] {
  const trials = new Map<string, Entry>()
  const nameOf = new Map<string, string>()
  cells.forEach((cell, c) => {
    const { model, training, models } = variants[c]
    models.forEach((entry, m) => {
      const settings = cell.filter((setting) => concerns(setting, base.models[m].name, m))
      const key = JSON.stringify([m, settings.map(({ keys, value }) => [keys, value])])
      if (nameOf.has(key)) return
      const name = unused(trialName(entry.name, settings), trials)
      nameOf.set(key, name)
      const own = {
        model: { ...withoutDefaults(model, base.model), ...entry.model },
        training: { ...withoutDefaults(training, base.training), ...entry.training },
      }
      trials.set(name, { ...entry, name, ...own } as Entry)
    })
  })
  return [...trials.values()]
}

/** Two values may be spelt alike once they are a name. */
function unused(name: string, taken: ReadonlyMap<string, unknown>): string {
  for (let i = 1; ; i++) {
    const tried = i === 1 ? name : `${name}-${i}`
    if (!taken.has(tried)) return tried
  }
}
