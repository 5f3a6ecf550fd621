/** @file Chart 1, quality versus steps: one panel a metric, x = network evaluations (NFE), log₂. */
import type { Results } from '@trivium/schema'
import { linearAxis, log2Axis } from '../axis.ts'
import { caption } from '../caption.ts'
import {
  type FigurePoint,
  type FigureSpec,
  type Guide,
  legendOf,
  type Series,
  type XYPanel,
} from '../figure.ts'
import {
  direction,
  forwards,
  type Group,
  metricOf,
  metricWords,
  num,
  pointsOf,
  type Sweep,
  sweepsOf,
} from '../select.ts'

/** The metrics worth a panel, in order; those a result file lacks are left out. */
export function panelMetrics(results: Results, group: Group): string[] {
  const all = pointsOf(results, group).flatMap(({ point }) => point.quality)
  const names = new Set<string>(all.map((m) => m.name))
  const last = (prefix: string): string[] =>
    [...names]
      .filter((n) => n.startsWith(prefix))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .slice(0, 1)
  const wanted = [
    'judge-bits',
    'entropy',
    ...last('js-'),
    'word-validity',
    ...last('distinct-'),
    'duplicate-rate',
  ]
  // A panel of zeros (no duplicate anywhere) would say nothing.
  return wanted.filter((n) => names.has(n) && all.some((m) => m.name === n && m.value !== 0))
}

/** Held-out text and the controls as guides; a control far outside the range of the models sits at the edge. */
export function baselineGuides(results: Results, metric: string): Guide[] {
  return results.baselines.flatMap((baseline) => {
    const m = metricOf(baseline.quality, metric)
    if (m === undefined) return []
    const heldOut = baseline.kind === 'held-out'
    const role = heldOut ? ('held-out' as const) : ('control' as const)
    return [
      {
        axis: 'y' as const,
        value: m.value,
        label: `${baseline.label} ${num(m.value)}`,
        role,
        dashed: !heldOut,
        band: null,
      },
    ]
  })
}

/** The y axis fits the models and the held-out text; controls join when they lie within half a span of them. */
export function qualityAxis(
  label: string,
  values: readonly number[],
  guides: readonly Guide[],
): ReturnType<typeof linearAxis> {
  const rows = guides.filter((g) => g.axis === 'y')
  const core = [...values, ...rows.filter((g) => g.role !== 'control').map((g) => g.value)]
  const [low, high] = [Math.min(...core), Math.max(...core)]
  const reach = 0.5 * (high - low)
  const near = rows.filter((g) => g.value >= low - reach && g.value <= high + reach).map((g) => g.value)
  return linearAxis(label, [...core, ...near])
}

export function qualitySteps(results: Results, group: Group): FigureSpec | null {
  const sweeps = sweepsOf(results, group)
  const names = panelMetrics(results, group)
  const nfes = sweeps.flatMap((s) => s.points.map((p) => p.nfe))
  if (names.length === 0 || nfes.length === 0) return null
  const panels = names.map((name) => panel(results, group, sweeps, name, nfes))
  const counts = panels.flatMap((p) =>
    p.series.flatMap((s) => s.points.flatMap((q) => (q.n === null ? [] : [q.n]))),
  )
  return {
    id: `1-quality-vs-steps-${group.id}`,
    title: 'Quality versus steps',
    group: group.label,
    quiet: group.quiet,
    columns: Math.min(2, panels.length),
    panelHeight: 280,
    caption: caption(
      results,
      'Quality against the network evaluations spent on one text (NFE; every forward counts). The horizontal line is the autoregressive baseline, its mark stands at its own NFE. The solid line without a mark is held-out text; dotted grey lines are controls without a model, with an arrow when they lie off the axis. The judge rewards repetition, so read it beside the entropy. Whiskers and band: 95 % intervals.',
      counts,
      'texts a point',
    ),
    panels,
    legend: legendOf(panels),
    csv: table(results, group),
  }
}

function panel(
  results: Results,
  group: Group,
  sweeps: readonly Sweep[],
  name: string,
  nfes: number[],
): XYPanel {
  const series = sweeps.map(
    (sweep): Series => ({
      label: sweep.label,
      role: sweep.model.paradigm,
      shape: sweep.shape,
      join: sweep.model.paradigm === 'autoregressive' ? 'none' : 'line',
      quiet: group.quiet,
      inLegend: true,
      points: sweep.points.flatMap((p): FigurePoint[] => {
        const m = metricOf(p.quality, name)
        if (m === undefined) return []
        const note = [`${p.setting}, NFE ${forwards(p.nfe)}`, `n = ${m.n}`]
        return [
          { x: p.nfe, y: m.value, interval: m.ci95, xHigh: null, n: m.n, label: null, hollow: false, note },
        ]
      }),
    }),
  )
  const guides = [...autoregressiveGuide(sweeps, name), ...baselineGuides(results, name)]
  const values = series.flatMap((s) => s.points.flatMap((p) => [p.y, ...(p.interval ?? [])]))
  const first = sweeps.flatMap((s) => s.points.flatMap((p) => metricOf(p.quality, name) ?? []))[0]
  return {
    kind: 'xy',
    id: `${name}-vs-steps-${group.id}`,
    title: metricWords(name).title,
    hint: direction(first?.higherIsBetter ?? null),
    x: log2Axis('forwards (NFE)', nfes),
    y: qualityAxis('', values, guides),
    series,
    guides,
  }
}

/** The baseline's own value across the panel: its first point, with its interval as a band. */
function autoregressiveGuide(sweeps: readonly Sweep[], name: string): Guide[] {
  const sweep = sweeps.find((s) => s.model.paradigm === 'autoregressive' && s.points.length > 0)
  const m = sweep && metricOf(sweep.points[0].quality, name)
  if (m === undefined) return []
  return [
    {
      axis: 'y',
      value: m.value,
      label: `AR ${num(m.value)}`,
      role: 'autoregressive',
      dashed: false,
      band: m.ci95,
    },
  ]
}

const header = [
  'group',
  'source',
  'paradigm',
  'sampler',
  'setting',
  'nfe',
  'token_positions',
  'metric',
  'value',
  'ci95_low',
  'ci95_high',
  'n',
  'unit',
  'point',
]

function table(results: Results, group: Group): FigureSpec['csv'] {
  const rows = pointsOf(results, group).flatMap(({ model, point: p }) =>
    p.quality.map((m) => [
      group.id,
      model.label,
      model.paradigm,
      p.samplerLabel,
      p.setting,
      p.nfe,
      p.tokenPositions,
      m.name,
      m.value,
      m.ci95?.[0] ?? null,
      m.ci95?.[1] ?? null,
      m.n,
      m.unit,
      p.id,
    ]),
  )
  const baselines = results.baselines.flatMap((b) =>
    b.quality.map((m) => [
      group.id,
      b.label,
      b.kind,
      null,
      null,
      null,
      null,
      m.name,
      m.value,
      m.ci95?.[0] ?? null,
      m.ci95?.[1] ?? null,
      m.n,
      m.unit,
      null,
    ]),
  )
  return { header, rows: [...rows, ...baselines] }
}
