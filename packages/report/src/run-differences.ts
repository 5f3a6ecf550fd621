/** @file Two runs figure by figure: what both measured alike, and the difference with its interval. */
import { type Difference, type Metric, metricDifference, type Results } from '@trivium/schema'

export type RunDifference = {
  /** `model` or `model/point`. */
  readonly of: string
  readonly metric: Metric['name']
  readonly first: number
  readonly second: number
  /** second − first; paired where both have the same units of the same seeds. */
  readonly difference: Difference
}

/** Figures of the same model and sampler on the same task, of as many units. What only one of the runs has is left out. */
export function runDifferences(first: Results, second: Results): RunDifference[] {
  const others = new Map(figuresOf(second).map((figure) => [keyOf(figure), figure.metric]))
  return figuresOf(first).flatMap((figure): RunDifference[] => {
    const { of, metric } = figure
    const other = others.get(keyOf(figure))
    if (other === undefined || other.boundType !== metric.boundType) return []
    return [
      {
        of,
        metric: metric.name,
        first: metric.value,
        second: other.value,
        difference: metricDifference(other, metric),
      },
    ]
  })
}

type Figure = { readonly of: string; readonly metric: Metric }

const figuresOf = ({ metrics, points }: Results): Figure[] => [
  ...metrics.map((metric): Figure => ({ of: metric.model, metric })),
  ...points.flatMap(({ id, quality }) => quality.map((metric): Figure => ({ of: id, metric }))),
]

const keyOf = ({ of, metric: { name, task, n } }: Figure): string => JSON.stringify([of, name, task, n])
