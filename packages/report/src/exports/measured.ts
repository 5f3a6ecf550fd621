/** @file Every figure of a result in one list: what all exports are made of. */
import type { Metric, ModelRecord, Point, Results } from '@trivium/schema'

export type Measured = {
  readonly model: ModelRecord
  /** null: of the model itself, not of a sampler. */
  readonly point: Point | null
  readonly metric: Metric
}

export function measuredOf({ models, metrics, points }: Results): Measured[] {
  return models.flatMap((model) => [
    ...metrics.flatMap((metric): Measured[] => {
      const { model: of, ...own } = metric
      return of === model.id ? [{ model, point: null, metric: own }] : []
    }),
    ...points
      .filter((point) => point.model === model.id)
      .flatMap((point) => point.quality.map((metric): Measured => ({ model, point, metric }))),
  ])
}

/** `unconditional@1` → name and version; a task without one has version 0. */
export function taskOf({ task }: Metric): { readonly name: string; readonly version: number } {
  const [, name, version] = /^(.*?)(?:@(\d+))?$/.exec(task) ?? []
  return { name: name ?? task, version: Number(version ?? 0) }
}

/** A file name of an id that may hold anything. */
export const fileName = (id: string): string => id.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'model'
