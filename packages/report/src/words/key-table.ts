/** @file The key table: one line a model, its likelihood, its best setting, and what that costs. */
import { metricTable, type Results } from '@trivium/schema'
import { textOf } from '../charts/bits.ts'
import { type Contender, leadOf } from '../findings.ts'
import { type Group, type Member, settingOf } from '../members.ts'
import { count, ms, nfe, num } from '../numbers.ts'
import { bitsOf, headlineOf, heldOutOf, latencyOf, metricOf } from '../select.ts'
import type { Table } from './table.ts'

/** A model with its best setting, or held-out text. */
interface KeyRow {
  model: Member | null
  name: string
  bits: string
  lead: Contender | undefined
  quality: Results['baselines'][number]['quality']
}

/** Columns without a word in any row are left out. */
export function keyTable(results: Results, group: Group): Table {
  const metric = headlineOf(group)
  const rows = group.models.map((model) => modelRow(results, group, model))
  const heldOut = heldOutOf(results)
  if (heldOut !== undefined && metric !== undefined && metricOf(heldOut.quality, metric) !== undefined)
    rows.push({ model: null, name: heldOut.label, bits: '', lead: undefined, quality: heldOut.quality })
  const columns = columnsOf(metric).filter(([, cell]) => rows.some((row) => cell(row) !== ''))
  return {
    header: columns.map(([name]) => name),
    rows: rows.map((row) => ({ model: row.model, cells: columns.map(([, cell]) => cell(row)) })),
  }
}

function modelRow(results: Results, group: Group, model: Member): KeyRow {
  const bits = bitsOf(results, model.id)
  const lead = leadOf(results, group, model)
  const text = bits === undefined ? '' : textOf({ bits: bits.value, boundType: bits.boundType })
  return { model, name: model.name, bits: text, lead, quality: lead?.point.quality ?? [] }
}

type KeyColumn = readonly [name: string, cell: (row: KeyRow) => string]

function columnsOf(metric: keyof typeof metricTable | undefined): readonly KeyColumn[] {
  const lead = (write: (c: Contender) => string): ((row: KeyRow) => string) => {
    return (row) => (row.lead === undefined ? '' : write(row.lead))
  }
  const timed = (
    write: (l: NonNullable<ReturnType<typeof latencyOf>>) => string,
  ): ((row: KeyRow) => string) => {
    return lead(({ point }) => {
      const latency = latencyOf(point)
      return latency === undefined ? '' : write(latency)
    })
  }
  return [
    ['model', (row) => row.name],
    ['parameters', (row) => (row.model === null ? '' : count(row.model.parameters))],
    ['training tokens', (row) => (row.model === null ? '' : count(row.model.trainingTokens))],
    ['bits/char', (row) => row.bits],
    ['best setting', lead(({ point }) => settingOf(point))],
    ['forwards', lead(({ point }) => nfe(point.nfe))],
    [
      metric === undefined ? 'quality' : metricTable[metric].short,
      (row) => {
        const value = metric === undefined ? undefined : metricOf(row.quality, metric)?.value
        return value === undefined ? '' : num(value)
      },
    ],
    [
      'valid words',
      (row) => {
        const value = metricOf(row.quality, 'word-validity')?.value
        return value === undefined ? '' : `${(100 * value).toFixed(0)} %`
      },
    ],
    ['time for a text', timed((l) => ms(l.p50))],
    ['tokens/s', timed((l) => num(l.tokensPerSecond))],
  ]
}
