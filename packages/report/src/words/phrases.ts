/** @file The small change of sentences: how a model, a setting and a value are called, and lists. */
import { type MetricName, metricTable, paradigmTable } from '@trivium/schema'
import { type BudgetRow, type Contender } from '../findings.ts'
import { type Group, type Member, settingOf } from '../members.ts'
import { intervalText, num } from '../numbers.ts'

/** A model inside a sentence: 'masked diffusion', or its label as it stands. */
export function said(model: Member): string {
  return model.name === paradigmTable[model.paradigm].label ? model.name.toLowerCase() : model.name
}

/** A model as the subject of a clause: 'the autoregressive model', or its label. */
export function theModel(model: Member): string {
  return said(model) === model.name ? model.name : `the ${said(model)} model`
}

/** A model at its first mention: 'flat (masked diffusion)'. */
export function introduced(model: Member): string {
  const words = paradigmTable[model.paradigm].label
  return model.alias === words ? `${model.name} (${words.toLowerCase()})` : said(model)
}

/** A model at one of its settings. */
export function saidSetting({ model, point }: Contender): string {
  const plain = settingOf(point) === point.setting
  return plain ? said(model) : `${said(model)} (${point.samplerLabel}, ${point.setting})`
}

/** Writes a contender's value: with its interval in a section, bare in the verdict. */
export type Show = (c: Contender) => string
export const bare: Show = (c) => num(c.metric.value)
export const valueOf: Show = (c) => [num(c.metric.value), intervalText(c.metric.ci95)].join(' ').trim()

export const shortOf = (metric: MetricName): string => metricTable[metric].short

/** Settings of the other models, seen from the baseline: 'diffusion setting', or 'setting of another model' where one is not. */
export function rivalNoun(group: Group, baseline: Member): string {
  const rivals = group.models.filter((m) => m !== baseline)
  return rivals.some((m) => m.paradigm === 'autoregressive')
    ? 'setting of another model'
    : 'diffusion setting'
}

/** Who leads a budget, for a table. */
export function leaderText({ apart, alone, leader }: BudgetRow): string {
  if (apart) return leader.model.name
  return alone ? `${leader.model.name} (alone)` : 'no difference shown'
}

export function listed(parts: readonly string[], last = 'and'): string {
  return parts.length < 2
    ? (parts[0] ?? '')
    : `${parts.slice(0, -1).join(', ')} ${last} ${parts[parts.length - 1]}`
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
