/** @file Who is compared in a verdict: the paradigms of a group; where it has one alone its models; else the samplers. */
import { type Paradigm, paradigms, paradigmTable } from '@trivium/schema'
import type { Stroke } from '../figure.ts'
import type { Contender } from '../findings.ts'
import type { Group, Member } from '../members.ts'

/** A column of the verdict. */
export interface Contestant {
  label: string
  stroke: Stroke
  /** Its models, at least one. */
  models: readonly Member[]
  /** The label of its sampler, where samplers are compared. */
  sampler: string | null
}

export type Level = 'paradigms' | 'models' | 'samplers'

export interface Contest {
  level: Level
  contestants: Contestant[]
}

/** null where there is nothing to compare. */
export function contestOf(group: Group): Contest | null {
  const present = paradigms.filter((p) => group.models.some((m) => m.paradigm === p))
  if (present.length > 1) return { level: 'paradigms', contestants: present.map((p) => ofParadigm(group, p)) }
  if (group.models.length > 1)
    return {
      level: 'models',
      contestants: group.models.map((m) => ({ label: m.name, stroke: m.stroke, models: [m], sampler: null })),
    }
  const [model] = group.models
  if (model.sweeps.length < 2) return null
  return {
    level: 'samplers',
    contestants: model.sweeps.map(({ points: [{ samplerLabel }], stroke }) => ({
      label: samplerLabel,
      stroke,
      models: [model],
      sampler: samplerLabel,
    })),
  }
}

function ofParadigm(group: Group, paradigm: Paradigm): Contestant {
  const models = group.models.filter((m) => m.paradigm === paradigm)
  return { label: paradigmTable[paradigm].label, stroke: models[0].stroke, models, sampler: null }
}

/** Whether a setting belongs to a contestant. */
export function isOf({ models, sampler }: Contestant, { model, point }: Contender): boolean {
  return models.includes(model) && (sampler === null || point.samplerLabel === sampler)
}
