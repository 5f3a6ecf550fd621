/**
 * @file The long check: runs the demo (or finds it finished) and holds its figures against what the project promises.
 * `pnpm check:long`; the last figures stand in docs/lab-log.md.
 */
import { readResults } from '@trivium/experiments/run'
import type { ModelRecord, Point } from '@trivium/schema'
import { runCli } from '../apps/lab/src/cli.ts'

type Check = { readonly what: string; readonly value: number; readonly limit: number }

let printed = ''
const code = await runCli(['compare', '--config', 'configs/demo.yaml', '--json'], {
  stdout: { write: (text: string) => (printed += text) },
  stderr: process.stderr,
})
if (code !== 0) process.exit(code)
const { results: path } = JSON.parse(printed) as { results: string }
const { results } = readResults(path)

const checks = [...likelihoods(), ...parameterMatch(), ...stepsHelp()]
for (const { what, value, limit } of checks)
  process.stdout.write(
    `${value <= limit ? 'ok    ' : 'MISSED'} ${what}: ${value.toFixed(3)} (at most ${limit})\n`,
  )
process.exit(checks.every(({ value, limit }) => value <= limit) ? 0 : 1)

/** Bits a character of both trios: exact for AR, bounds for the others. */
function likelihoods(): Check[] {
  const limits: Record<string, { exact: number; bound: number }> = {
    fresh: { exact: 2.5, bound: 3.6 },
    reference: { exact: 1.75, bound: 2.6 },
  }
  return results.metrics
    .filter(({ name }) => name === 'bits-per-character')
    .map(({ model, value, boundType }) => {
      const { group } = recordOf(model)
      return {
        what: `${group} ${model}, bits/char`,
        value,
        limit: limits[group][boundType === 'exact' ? 'exact' : 'bound'],
      }
    })
}

/** Largest over smallest parameter count of a trio. */
function parameterMatch(): Check[] {
  return [...new Set(results.models.map(({ group }) => group))].map((group) => {
    const counts = results.models.filter((model) => model.group === group).map(({ parameters }) => parameters)
    return {
      what: `${group} trio, largest over smallest parameter count`,
      value: Math.max(...counts) / Math.min(...counts),
      limit: 1.02,
    }
  })
}

/** 4-gram divergence at the most steps over that at the fewest, for the samplers that draw from the model. */
function stepsHelp(): Check[] {
  const lines = groupBy(
    results.points.filter(
      ({ sampler }) => sampler.type === 'ancestral' || sampler.type === 'gaussian-ancestral',
    ),
    ({ model, samplerLabel }) => `${model}, ${samplerLabel}`,
  )
  return [...lines].map(([what, points]) => {
    const js = [...points]
      .sort((a, b) => stepsOf(a) - stepsOf(b))
      .map((point) => point.quality.find(({ name }) => name === 'js-4')?.value ?? Number.NaN)
    return {
      what: `${what}: 4-gram divergence at the most steps over the fewest`,
      value: (js.at(-1) as number) / js[0],
      limit: 1,
    }
  })
}

function stepsOf({ sampler }: Point): number {
  return 'steps' in sampler ? sampler.steps : 0
}

function recordOf(id: string): ModelRecord {
  return results.models.find((model) => model.id === id) as ModelRecord
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}
