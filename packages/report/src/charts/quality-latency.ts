/** @file Chart 2, quality versus latency: x = median ms of one text at batch 1, log; the Pareto front as steps. */
import type { Metric, Results } from '@trivium/schema'
import { log10Axis } from '../axis.ts'
import { caption } from '../caption.ts'
import {
  type FigurePoint,
  type FigureSpec,
  type Guide,
  legendOf,
  type Series,
  type XYPanel,
} from '../figure.ts'
import { contenders } from '../findings.ts'
import { paretoFront } from '../pareto.ts'
import {
  direction,
  forwards,
  type Group,
  latencyOf,
  metricOf,
  metricWords,
  ms,
  pointsOf,
  type Sweep,
  sweepsOf,
} from '../select.ts'
import { baselineGuides, panelMetrics, qualityAxis } from './quality-steps.ts'

interface Timed {
  sweep: Sweep
  id: string
  metric: Metric
  point: FigurePoint
}

export function qualityLatency(results: Results, group: Group): FigureSpec | null {
  const sweeps = sweepsOf(results, group)
  // Entropy and distinct-n have no better end on their own, so they hold no front.
  const names = panelMetrics(results, group).filter((n) => /^(judge-bits|js-\d|word-validity)$/.test(n))
  const panels = names.flatMap((name) => panel(results, group, sweeps, name) ?? [])
  if (panels.length === 0) return null
  const repeats = pointsOf(results, group).flatMap(({ point }) => latencyOf(point)?.n ?? [])
  return {
    id: `2-quality-vs-latency-${group.id}`,
    title: 'Quality versus latency',
    group: group.label,
    quiet: group.quiet,
    columns: Math.min(2, panels.length),
    panelHeight: 320,
    caption: caption(
      results,
      'Quality against the median time of one whole text at batch 1, model warm. The grey staircase is the Pareto front over the settings of this group: filled marks lie on it, hollow ones are beaten on both axes, or not ranked because the entropy of their samples is below 95 % of held-out text. The vertical line is the autoregressive baseline. Horizontal whiskers run from p50 to p90 where at least 64 repeats allow a p90; vertical ones are 95 % intervals.',
      repeats,
      'timed repeats a point',
    ),
    panels,
    legend: legendOf(panels),
    csv: table(results, group),
  }
}

function panel(results: Results, group: Group, sweeps: readonly Sweep[], name: string): XYPanel | null {
  const timed = sweeps.flatMap((sweep) => timedPoints(sweep, name))
  if (timed.length === 0) return null
  const better = timed[0].metric.higherIsBetter
  // Repetition pleases the judge: what collapsed is on no front.
  const collapsed = new Set(contenders(results, group, name).flatMap((c) => (c.collapsed ? c.point.id : [])))
  const ranked = timed.filter((t) => !collapsed.has(t.id))
  const flags =
    better === null
      ? null
      : paretoFront(
          ranked.map((t) => ({ cost: t.point.x, quality: t.point.y })),
          better,
        )
  const front = flags === null ? null : ranked.filter((_, i) => flags[i])
  for (const t of timed) t.point.hollow = front !== null && !front.includes(t)
  const guides = [...autoregressiveTime(timed), ...baselineGuides(results, name)]
  const values = timed.flatMap(({ point }) => [point.y, ...(point.interval ?? [])])
  const times = timed.flatMap(({ point }) => [point.x, ...(point.xHigh === null ? [] : [point.xHigh])])
  const series = sweeps.map(
    (sweep): Series => ({
      label: sweep.label,
      role: sweep.model.paradigm,
      shape: sweep.shape,
      join: 'none',
      quiet: group.quiet,
      inLegend: true,
      points: timed.filter((t) => t.sweep === sweep).map((t) => t.point),
    }),
  )
  const steps = front === null ? [] : [frontSeries(front.map((t) => t.point))]
  return {
    kind: 'xy',
    id: `${name}-vs-latency-${group.id}`,
    title: metricWords(name).title,
    hint: direction(better),
    x: log10Axis('median ms for one text', times),
    y: qualityAxis('', values, guides),
    series: [...steps, ...series],
    guides,
  }
}

function timedPoints(sweep: Sweep, name: string): Timed[] {
  return sweep.points.flatMap((p): Timed[] => {
    const metric = metricOf(p.quality, name)
    const latency = latencyOf(p)
    if (metric === undefined || latency === undefined) return []
    const p90 = latency.p90 === null ? `p90 n/a (n=${latency.n})` : `p90 ${ms(latency.p90)}`
    const note = [
      `${p.setting}, NFE ${forwards(p.nfe)}`,
      `p50 ${ms(latency.p50)}, ${p90}`,
      `n = ${metric.n} texts, ${latency.n} timed`,
    ]
    const label = sweep.model.paradigm === 'autoregressive' ? 'AR' : p.setting
    return [
      {
        sweep,
        id: p.id,
        metric,
        point: {
          x: latency.p50,
          y: metric.value,
          interval: metric.ci95,
          xHigh: latency.p90,
          n: metric.n,
          label,
          hollow: false,
          note,
        },
      },
    ]
  })
}

function autoregressiveTime(timed: readonly Timed[]): Guide[] {
  const ar = timed.find((t) => t.sweep.model.paradigm === 'autoregressive')
  if (ar === undefined) return []
  return [
    {
      axis: 'x',
      value: ar.point.x,
      label: `AR ${ms(ar.point.x)}`,
      role: 'autoregressive',
      dashed: true,
      band: null,
    },
  ]
}

function frontSeries(points: readonly FigurePoint[]): Series {
  const sorted = [...points].sort((a, b) => a.x - b.x)
  const bare = sorted.map((p) => ({
    ...p,
    interval: null,
    xHigh: null,
    label: null,
    note: ['on the Pareto front'],
  }))
  return {
    label: 'Pareto front',
    role: 'guide',
    shape: 'circle',
    join: 'steps',
    quiet: false,
    inLegend: false,
    points: bare,
  }
}

const header = [
  'group',
  'model',
  'paradigm',
  'sampler',
  'setting',
  'nfe',
  'batch',
  'p50_ms',
  'p90_ms',
  'p50_ci95_low_ms',
  'p50_ci95_high_ms',
  'latency_n',
  'ms_first_token',
  'tokens_per_second',
  'metric',
  'value',
  'ci95_low',
  'ci95_high',
  'n',
  'point',
]

function table(results: Results, group: Group): FigureSpec['csv'] {
  const rows = pointsOf(results, group).flatMap(({ model, point: p }) => {
    const l = latencyOf(p)
    if (l === undefined) return []
    return p.quality.map((m) => [
      group.id,
      model.label,
      model.paradigm,
      p.samplerLabel,
      p.setting,
      p.nfe,
      l.batch,
      l.p50,
      l.p90,
      l.ci95?.[0] ?? null,
      l.ci95?.[1] ?? null,
      l.n,
      l.msFirstToken,
      l.tokensPerSecond,
      m.name,
      m.value,
      m.ci95?.[0] ?? null,
      m.ci95?.[1] ?? null,
      m.n,
      p.id,
    ])
  })
  return { header, rows }
}
