/**
 * @file Records: one line of fields becomes JSON. Everything is determined, so many tokens can be written in one forward
 * without an error; the levels add what has to be computed. The form in which Mercury's claim can be tested.
 */
import { z } from 'zod'
import { halves, sequenceRow } from '../sequence.ts'
import type { TaskFamily, Verdict } from '../task.ts'
import { checkDigit, drawEntry, type Entry, total } from './fields.ts'

type Options = { readonly level: 1 | 2 | 3 }
const optionsSchema: z.ZodType<Options, unknown> = z.strictObject({
  level: z
    .literal([1, 2, 3])
    .default(1)
    .describe('1 copies fields, 2 adds a total and a check digit, 3 nests a list of up to three items'),
})

const mostItems = ({ level }: Options): number => (level === 3 ? 3 : 1)

/** kato|4821|3|12> ; level 3: kato|4821|3,12|2,7> */
function conditionOf({ name, id, items }: Entry, { level }: Options): string {
  const separator = level === 3 ? ',' : '|'
  return `${[name, id, ...items.map(({ qty, unit }) => `${qty}${separator}${unit}`)].join('|')}>`
}

function entryOf(condition: string, { level }: Options): Entry {
  const [name, id, ...rest] = condition.slice(0, -1).split('|')
  const pairs = level === 3 ? rest.map((item) => item.split(',')) : [rest]
  return {
    name,
    id: Number(id),
    items: pairs.map(([qty, unit]) => ({ qty: Number(qty), unit: Number(unit) })),
  }
}

function answerOf(entry: Entry, { level }: Options): string {
  const { name, id, items } = entry
  if (level === 3) return JSON.stringify({ id, name, items, total: total(entry) })
  const [{ qty, unit }] = items
  const copied = { id, name, qty, unit }
  return JSON.stringify(level === 1 ? copied : { ...copied, total: total(entry), check: checkDigit(entry) })
}

/** Every number at its widest. */
function widest(options: Options): Entry {
  const items = Array.from({ length: mostItems(options) }, () => ({ qty: 9, unit: 99 }))
  return { name: 'zuzu', id: 9999, items }
}

export const records: TaskFamily<Options, Entry> = {
  name: 'records',
  version: 1,
  meaning: 'fields to JSON: everything is determined, so many tokens can be written at once',
  options: optionsSchema,
  renderings: ['sequence'],
  alphabet: () => '0123456789abcdefghijklmnopqrstuvwxyz{}[]":,|>',
  shape: (options) => ({
    condition: conditionOf(widest(options), options).length,
    answer: answerOf(widest(options), options).length,
    ends: true,
  }),
  draw: (rng, options) => drawEntry(rng, mostItems(options)),
  solution: (entry) => conditionOf(entry, { level: 3 }),
  row: (entry, _rendering, _rng, options) =>
    sequenceRow(conditionOf(entry, options), answerOf(entry, options)),
  verify: (row, answer, _rendering, options) =>
    judge(answerOf(entryOf(halves(row).condition, options), options), answer),
  /** Products that have to be computed and added. */
  difficulty: (row, _rendering, options) =>
    options.level === 1 ? 0 : entryOf(halves(row).condition, options).items.length,
}

/** Exact match; whether it is a JSON object at all; the share of the fields that hold their value. */
function judge(wanted: string, answer: string): Verdict {
  const fields = Object.entries(JSON.parse(wanted) as object)
  const seen = parsed(answer)
  const right = fields.filter(([key, value]) => JSON.stringify(seen?.[key]) === JSON.stringify(value))
  return {
    correct: wanted === answer,
    parts: { json: seen === null ? 0 : 1, fields: right.length / fields.length },
  }
}

function parsed(text: string): { readonly [key: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown }) : null
  } catch {
    return null
  }
}
