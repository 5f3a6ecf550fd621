/** @file Chart 11, bits per character: bounds hatched, summands stacked, n-gram orders as guides. */
import type { BoundType, Metric, Results } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { caption } from '../caption.ts'
import type { Bar, BarPanel, FigureSpec } from '../figure.ts'
import { bitsOf, type Group, num } from '../select.ts'

export const boundWords: Record<BoundType, string> = {
  exact: 'exact',
  'left-to-right': 'exact, written from left to right',
  'masked-nelbo': 'upper bound (masked NELBO)',
  'block-nelbo': 'upper bound (NELBO block by block)',
  'uniform-nelbo': 'upper bound (uniform-state NELBO)',
  'gaussian-vlb': 'upper bound (Gaussian VLB)',
}

export function bitsPerCharacter(results: Results, groups: readonly Group[]): FigureSpec | null {
  const panels = groups.flatMap((group) => panel(results, group) ?? [])
  if (panels.length === 0) return null
  const bars = panels.flatMap((p) => p.bars)
  const highest = Math.max(
    ...bars.flatMap((b) => [b.value, ...(b.interval ?? [])]),
    ...results.nGramBits.map((g) => g.bitsPerCharacter),
  )
  // One axis for all groups, so that the panels can be read across.
  const axis = linearAxis('bits per character on held-out text', [0, highest * 1.08], true)
  for (const p of panels) p.x = axis
  const hidden = groups.flatMap((g) =>
    g.models.filter((m) => bitsOf(results, m.id) === undefined).map((m) => m.label),
  )
  const counts = results.metrics.filter((m) => m.name === 'bits-per-character').map((m) => m.n)
  return {
    id: '11-bits-per-character',
    title: 'Bits per character',
    group: '',
    quiet: false,
    columns: Math.min(2, panels.length),
    panelHeight: 250,
    caption: caption(
      results,
      `Solid bars are exact; hatched bars are upper bounds, so the true value lies at the bar's end or below and bars of different kinds are not ranked. Lower is better. Dotted lines: interpolated n-gram models of order n on the same text, for orientation. Whiskers: 95 % interval, or two standard errors.${hidden.length > 0 ? ` Not scored: ${hidden.join(', ')}.` : ''}`,
      counts,
      'held-out rows',
    ),
    panels,
    legend: [],
    csv: {
      header: [
        'group',
        'model',
        'paradigm',
        'bits_per_character',
        'bound_type',
        'stderr',
        'ci95_low',
        'ci95_high',
        'n',
        'parts',
      ],
      rows: [
        ...groups.flatMap((g) =>
          g.models.flatMap((model) => {
            const m = bitsOf(results, model.id)
            if (m === undefined) return []
            const parts = Object.entries(m.parts ?? {})
              .map(([k, v]) => `${k}=${v}`)
              .join('; ')
            return [
              [
                g.id,
                model.label,
                model.paradigm,
                m.value,
                m.boundType,
                m.stderr,
                m.ci95?.[0] ?? null,
                m.ci95?.[1] ?? null,
                m.n,
                parts,
              ],
            ]
          }),
        ),
        ...results.nGramBits.map((g) => [
          null,
          `${g.order}-gram`,
          'n-gram',
          g.bitsPerCharacter,
          'exact',
          null,
          null,
          null,
          null,
          '',
        ]),
      ],
    },
  }
}

function panel(results: Results, group: Group): BarPanel | null {
  const bars = group.models.flatMap((model): Bar[] => {
    const m = bitsOf(results, model.id)
    if (m === undefined) return []
    const bound = m.boundType !== null && m.boundType !== 'exact'
    const kind = m.boundType === null ? 'bound type not given' : boundWords[m.boundType]
    const note = [kind, ...(m.stderr === null ? [] : [`standard error ${num(m.stderr)}`]), `n = ${m.n}`]
    return [
      {
        label: model.label,
        role: model.paradigm,
        value: m.value,
        interval: intervalOf(m),
        bound,
        text: bound ? `at most ${m.value.toFixed(2)}` : m.value.toFixed(2),
        parts: partsOf(m),
        quiet: group.quiet,
        note,
      },
    ]
  })
  if (bars.length === 0) return null
  return {
    kind: 'bars',
    id: `bits-${group.id}`,
    title: group.label,
    hint: 'lower is better',
    x: linearAxis('', [0, 1], true),
    bars,
    guides: results.nGramBits.map((g) => ({
      axis: 'x',
      value: g.bitsPerCharacter,
      label: `n=${g.order}`,
      role: 'guide',
      dashed: true,
      band: null,
    })),
  }
}

function intervalOf(m: Metric): [number, number] | null {
  if (m.ci95 !== null) return m.ci95
  return m.stderr === null ? null : [m.value - 2 * m.stderr, m.value + 2 * m.stderr]
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
