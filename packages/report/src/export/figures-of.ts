/** @file The numbers of a result file, model by model: what every export is made of. */
import type { Metric, ModelRecord, Point, Results } from '@trivium/schema'
import { slugsOf } from '../members.ts'

/** `point` is null for what a model has without a sampler: its likelihoods. */
export type Measured = { readonly point: Point | null; readonly metric: Metric }
export type ModelFigures = {
  readonly model: ModelRecord
  /** The model's id as a part of a path, different for every model. */
  readonly folder: string
  readonly measured: readonly Measured[]
}

export function figuresOf({ models, metrics, points }: Results): ModelFigures[] {
  const folders = slugsOf(models.map(({ id }) => id))
  return models.map((model, i) => ({
    model,
    folder: folders[i],
    measured: [
      ...metrics.filter((metric) => metric.model === model.id).map((metric) => ({ point: null, metric })),
      ...points
        .filter((point) => point.model === model.id)
        .flatMap((point) => point.quality.map((metric) => ({ point, metric }))),
    ],
  }))
}

/** `unconditional@2` → name and version. */
export function taskOf(task: string): { name: string; version: string } {
  const at = task.lastIndexOf('@')
  return at < 0 ? { name: task, version: '0' } : { name: task.slice(0, at), version: task.slice(at + 1) }
}

/** Of a point, without its model's name: `ancestral-8`. */
export const settingName = ({ id, model }: Point): string =>
  id.startsWith(`${model}/`) ? id.slice(model.length + 1) : id
