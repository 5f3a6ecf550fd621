/** @file How two finished runs differ, number by number: paired where the same units were measured. */
import { InputError, type Metric, metricDifference, metricTable, type Results } from '@trivium/schema'

export type RunDifference = {
  /** The model, or the point. */
  readonly of: string
  readonly metric: Metric['name']
  readonly task: string
  readonly first: number
  readonly second: number
  /** second − first. */
  readonly difference: number
  /** 95%, of this difference alone. */
  readonly ci95: readonly [number, number] | null
  readonly paired: boolean
  /** Of the second, where the interval excludes zero and there is a better way. */
  readonly verdict: 'better' | 'worse' | 'differs' | ''
}
export type RunDifferences = {
  readonly rows: readonly RunDifference[]
  /** Numbers that one of the two alone has, or that are of another task or size. */
  readonly left: number
}

/**
 * Every number that both runs have, of the same model or point, task and bound.
 * @throws InputError when they are about other data, measured by other versions, or share no number
 */
export function differencesOf(first: Results, second: Results): RunDifferences {
  const refuse = (what: string): never => {
    throw new InputError(`the runs do not compare: ${what}`)
  }
  if (first.provenance.datasetSha256 !== second.provenance.datasetSha256)
    refuse(`they are about different data (${first.dataset.name}, ${second.dataset.name}; sha256)`)
  if (first.evaluationVersion !== second.evaluationVersion)
    refuse(
      `versions ${first.evaluationVersion ?? 'unknown'} and ${second.evaluationVersion ?? 'unknown'} of the evaluation measured them; measure both by one`,
    )
  const others = new Map(numbersOf(second).map((one) => [one.key, one.metric]))
  const all = numbersOf(first)
  const rows = all.flatMap(({ key, of, metric }) => {
    const other = others.get(key)
    // What depends on the size of a set says nothing of two sizes.
    if (other === undefined || (metricTable[metric.name].sized === true && metric.n !== other.n)) return []
    return [rowOf(of, metric, other)]
  })
  if (rows.length === 0) refuse('they share no number; compare runs of the same models and samplers')
  return { rows, left: all.length + others.size - 2 * rows.length }
}

type Numbered = { readonly key: string; readonly of: string; readonly metric: Metric }

function numbersOf({ metrics, points }: Results): Numbered[] {
  const numbered = (of: string, metric: Metric): Numbered => ({
    key: JSON.stringify([of, metric.task, metric.name, metric.boundType]),
    of,
    metric,
  })
  return [
    ...metrics.map(({ model, ...metric }) => numbered(model, metric)),
    ...points.flatMap(({ id, quality }) => quality.map((metric) => numbered(id, metric))),
  ]
}

function rowOf(of: string, first: Metric, second: Metric): RunDifference {
  const { value, ci95, paired } = metricDifference(second, first)
  const { better } = metricTable[first.name]
  const sure = ci95 !== null && (ci95[0] > 0 || ci95[1] < 0)
  const up = better === 'higher' ? 'better' : 'worse'
  const down = better === 'higher' ? 'worse' : 'better'
  return {
    of,
    metric: first.name,
    task: first.task,
    first: first.value,
    second: second.value,
    difference: value,
    ci95,
    paired,
    verdict: !sure ? '' : better === 'held-out' ? 'differs' : value > 0 ? up : down,
  }
}
