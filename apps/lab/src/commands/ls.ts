/** @file `ls`: what there is to choose from. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  engineNames,
  engineTable,
  metricNames,
  metricTable,
  samplerNeed,
  samplerTable,
} from '@trivium/schema'
import { Argument } from 'commander'
import { type CommandContext, include, includeOption, type Register } from '../context.ts'
import { checkpoints } from '../place.ts'
import { samplerInfos } from '../sampler-text.ts'
import { examples, table } from '../text.ts'

type Row = Readonly<Record<string, string>>
const listings: Readonly<Record<string, () => Row[] | Promise<Row[]>>> = {
  engines,
  datasets,
  tasks,
  samplers,
  metrics,
  models,
  runs,
}

export const register: Register = (command, context) => {
  command
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(listings)))
    .addOption(includeOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['ls samplers', 'their parameters and defaults'],
        ['ls runs', 'what stands below runs/, the latest first'],
        ['ls models', `presets, and the checkpoints in ${checkpoints}`],
      ),
    )
    .action(async (what: string, options: { json?: true; include?: string[] }) =>
      run(what, options, context()),
    )
}

async function run(
  what: string,
  { json, include: files }: { json?: true; include?: string[] },
  { print }: CommandContext,
): Promise<void> {
  await include(files)
  const rows = await listings[what]()
  if (json === true) print(JSON.stringify(rows))
  else for (const line of table(rows.map((row) => Object.values(row)))) print(line)
}

function engines(): Row[] {
  return engineNames.map((name) => ({ name, does: engineTable[name].does }))
}

async function datasets(): Promise<Row[]> {
  const { listDatasets } = await import('@trivium/corpus/node')
  return (await listDatasets()).map(({ name, title, source, licence }) => ({ name, title, source, licence }))
}

async function tasks(): Promise<Row[]> {
  const { taskSummaries } = await import('@trivium/tasks')
  const own = taskSummaries().map(({ name, version, meaning, renderings }) => ({
    name: `${name}@${version}`,
    measures: `${meaning} (${renderings.join(', ')})`,
  }))
  return [
    ...own,
    { name: 'likelihood', measures: 'bits a character of held-out rows; a bound says which' },
    {
      name: 'unconditional',
      measures:
        'judge bits, word validity, n-gram divergence, diversity and memorisation of drawn texts, by steps',
    },
    { name: 'latency', measures: 'ms for a text at batch 1, all points interleaved' },
  ]
}

function samplers(): Row[] {
  return samplerInfos().map(({ type, parameters, required }) => {
    const { paradigm, meaning, paper, dial } = samplerTable[type]
    return {
      name: type,
      paradigm,
      dial: dial ?? '',
      parameters: Object.entries(parameters)
        .map(([key, { default: value }]) =>
          required.includes(key) ? `${key} (needed)` : value === undefined ? key : `${key}=${String(value)}`,
        )
        .join(', '),
      needs: samplerNeed(type) ?? '',
      does: meaning,
      paper: paper ?? '',
    }
  })
}

function metrics(): Row[] {
  return metricNames.map((name) => {
    const { unit, better, meaning } = metricTable[name]
    return { name, unit, better: better === 'held-out' ? 'as held-out text' : `${better} is better`, meaning }
  })
}

async function models(): Promise<Row[]> {
  const { presets, resolveBackbone } = await import('@trivium/transformer')
  const shapes = Object.keys(presets).map((name) => {
    const { depth, width, heads } = resolveBackbone({ preset: name as keyof typeof presets })
    return { name, kind: 'preset', what: `depth ${depth}, width ${width}, ${heads} heads` }
  })
  return [...shapes, ...(await shipped(checkpoints))]
}

async function shipped(folder: string): Promise<Row[]> {
  if (!existsSync(folder)) return []
  const { readManifest } = await import('@trivium/models/node')
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'manifest.json')))
    .map((path) => {
      const { paradigm, tokens, validation } = readManifest(path)
      const bits = validation === null ? '' : `, ${validation.toFixed(3)} bits/char on held-out text`
      return {
        name: path,
        kind: 'checkpoint',
        what: `${paradigm}, ${(tokens / 1e6).toFixed(1)} M tokens${bits}`,
      }
    })
}

async function runs(): Promise<Row[]> {
  const { listRuns } = await import('@trivium/experiments/run')
  return listRuns('runs').map(({ directory, name, state, updatedAt, models, results }) => ({
    directory,
    name,
    state,
    updated: updatedAt,
    models: models.join(', '),
    results: results ? 'results.json' : '',
  }))
}
