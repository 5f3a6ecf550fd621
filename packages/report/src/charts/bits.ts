/** @file Chart 11, bits per character: bounds hatched, summands stacked, n-gram orders as guides. */
import type { BoundType, Metric, Results } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { type Chart, defineChart, type Scene } from '../chart.ts'
import { type Column, modelColumns, tipsOf, within } from '../columns.ts'
import type { Bar, BarPanel } from '../figure.ts'
import type { Group, Member } from '../members.ts'
import { num } from '../numbers.ts'
import { bitsOf, isOfAnswers } from '../select.ts'

export const boundWords: Record<BoundType, string> = {
  exact: 'exact',
  'left-to-right': 'exact, written from left to right',
  'masked-nelbo': 'upper bound (masked NELBO)',
  'block-nelbo': 'upper bound (NELBO block by block)',
  'uniform-nelbo': 'upper bound (uniform-state NELBO)',
  'gaussian-vlb': 'upper bound (Gaussian VLB)',
}

/** A model's own likelihood. */
interface Scored {
  group: Group
  model: Member
  metric: Metric
}

/** A scored model, or an n-gram model beside them. */
interface BitsRow {
  of: Scored | null
  order: number | null
  bits: number
  boundType: BoundType | null
}

const scoredColumns: readonly Column<Scored>[] = [
  {
    name: 'stderr',
    value: ({ metric: m }) => m.stderr,
    tip: ({ metric: m }) => (m.stderr === null ? null : `standard error ${num(m.stderr)}`),
  },
  { name: 'ci95_low', value: ({ metric: m }) => m.ci95?.[0] ?? null },
  { name: 'ci95_high', value: ({ metric: m }) => m.ci95?.[1] ?? null },
  { name: 'n', value: ({ metric: m }) => m.n, tip: ({ metric: m }) => `n = ${m.n}` },
  {
    name: 'parts',
    value: ({ metric: m }) =>
      Object.entries(m.parts ?? {})
        .map(([part, bits]) => `${part}=${bits}`)
        .join('; '),
  },
]

const columns: readonly Column<BitsRow>[] = [
  ...within(modelColumns, (r: BitsRow) => r.of),
  { name: 'n_gram_order', value: (r) => r.order },
  { name: 'bits_per_character', value: (r) => r.bits, tip: (r) => `${textOf(r)} bits per character` },
  {
    name: 'bound_type',
    value: (r) => r.boundType,
    tip: (r) => (r.boundType === null ? 'bound type not given' : boundWords[r.boundType]),
  },
  ...within(scoredColumns, (r: BitsRow) => r.of),
]

export const bitsPerCharacter: Chart = defineChart({
  id: '11-bits-per-character',
  title: 'Bits per character',
  per: 'results',
  rows: ({ results, groups }) => [
    ...groups.flatMap((group) => group.models.flatMap((model) => modelRow(results, group, model))),
    ...results.nGramBits.map(
      ({ order, bitsPerCharacter: bits }): BitsRow => ({ of: null, order, bits, boundType: 'exact' }),
    ),
  ],
  columns,
  panels: panelsOf,
  caption: (rows, scene) => captionOf(rows, scene),
  n: { of: (row) => row.of?.metric.n ?? null, noun: () => 'held-out rows' },
  columnsAtMost: 2,
  panelHeight: (panels) =>
    Math.max(200, ...panels.map((p) => 90 + 44 * (p.kind === 'bars' ? p.bars.length : 0))),
})

function modelRow(results: Results, group: Group, model: Member): BitsRow[] {
  const metric = bitsOf(results, model.id)
  if (metric === undefined) return []
  return [{ of: { group, model, metric }, order: null, bits: metric.value, boundType: metric.boundType }]
}

/** What was scored. */
export function scoredOn(results: Results): string {
  return isOfAnswers(results) ? 'of the answers' : 'on held-out text'
}

/** '1.72' for an exact value, 'at most 2.47' for what is a bound or may be one. */
export function textOf({ bits, boundType }: { bits: number; boundType: BoundType | null }): string {
  return boundType === 'exact' ? num(bits) : `at most ${num(bits)}`
}

function captionOf(rows: readonly BitsRow[], { results, groups }: Scene): (string | false)[] {
  const scored = new Set(rows.map((r) => r.of?.model))
  const hidden = groups.flatMap((g) => g.models.filter((m) => !scored.has(m)).map((m) => m.name))
  const models = rows.filter((r) => r.of !== null)
  return [
    models.some((r) => r.boundType === 'exact') && 'Solid bars are exact.',
    models.some((r) => r.boundType !== 'exact') &&
      "Hatched bars are upper bounds, so the true value lies at the bar's end or below and bars of different kinds are not ranked.",
    'Lower is better.',
    results.nGramBits.length > 0 &&
      'Dotted lines: interpolated n-gram models of order n on the same text, for orientation.',
    'Whiskers: 95 % interval.',
    hidden.length > 0 && `Not scored: ${hidden.join(', ')}.`,
  ]
}

function panelsOf(rows: readonly BitsRow[], { results, groups }: Scene): BarPanel[] {
  // One axis for all groups, so that the panels can be read across.
  const highest = Math.max(...rows.flatMap((r) => [r.bits, ...(r.of?.metric.ci95 ?? [])]))
  const x = linearAxis(`bits per character ${scoredOn(results)}`, [0, highest * 1.08], true)
  const guides = rows.flatMap((r): BarPanel['guides'] =>
    r.order === null
      ? []
      : [{ axis: 'x', value: r.bits, label: `n=${r.order}`, ink: 'guide', dash: [2, 3], band: null }],
  )
  return groups.flatMap((group): BarPanel[] => {
    const bars = rows.flatMap((r) => (r.of?.group === group ? barOf(r, r.of) : []))
    if (bars.length === 0) return []
    return [
      {
        kind: 'bars',
        id: `bits-${group.slug}`,
        title: group.label,
        hint: 'lower is better',
        x,
        bars,
        guides,
      },
    ]
  })
}

function barOf(row: BitsRow, { model, metric }: Scored): Bar {
  return {
    label: model.name,
    ink: model.stroke.ink,
    value: row.bits,
    interval: metric.ci95,
    bound: row.boundType !== 'exact',
    text: textOf(row),
    parts: partsOf(metric),
    tips: tipsOf(columns, row),
  }
}

/** Summands in the order given; a negative one cannot be stacked, and then the bar is drawn whole. */
function partsOf(m: Metric): Bar['parts'] {
  const entries = Object.entries(m.parts ?? {}).filter(([, value]) => value !== 0)
  const total = entries.reduce((sum, [, value]) => sum + value, 0)
  const stackable =
    entries.length > 1 && entries.every(([, v]) => v > 0) && Math.abs(total - m.value) <= 0.01 * m.value
  return stackable
    ? entries.map(([label, value]) => ({ label, value }))
    : [{ label: 'total', value: m.value }]
}
