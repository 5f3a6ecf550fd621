/** @file Chart 3, steps versus latency: what a forward costs, one panel a batch size. */
import type { Results } from '@trivium/schema'
import { log2Axis, log10Axis } from '../axis.ts'
import { caption } from '../caption.ts'
import { type FigurePoint, type FigureSpec, legendOf, type Series, type XYPanel } from '../figure.ts'
import { forwards, type Group, latencyOf, ms, num, pointsOf, sweepsOf } from '../select.ts'

export function stepsLatency(results: Results, group: Group): FigureSpec | null {
  const points = pointsOf(results, group)
  const batches = [...new Set(points.flatMap(({ point }) => point.latency.map((l) => l.batch)))].sort(
    (a, b) => a - b,
  )
  if (batches.length === 0) return null
  const panels = batches.map((batch) => panel(results, group, batch))
  return {
    id: `3-steps-vs-latency-${group.id}`,
    title: 'Steps versus latency',
    group: group.label,
    quiet: group.quiet,
    columns: Math.min(3, panels.length),
    panelHeight: 320,
    caption: caption(
      results,
      'What a forward costs. Both axes are logarithmic, so a method whose every forward costs the same runs along the diagonal. An autoregressive forward with a KV cache pushes one position through the network, a diffusion forward the whole canvas. Vertical whiskers, where there are repeats enough: 95 % interval of the median.',
      points.flatMap(({ point }) => point.latency.map((l) => l.n)),
      'timed repeats a point',
    ),
    panels,
    legend: legendOf(panels),
    csv: {
      header: [
        'group',
        'model',
        'sampler',
        'setting',
        'batch',
        'nfe',
        'token_positions',
        'p50_ms',
        'p90_ms',
        'ms_per_forward',
        'tokens_per_second',
        'n',
        'point',
      ],
      rows: points.flatMap(({ model, point: p }) =>
        p.latency.map((l) => [
          group.id,
          model.label,
          p.samplerLabel,
          p.setting,
          l.batch,
          p.nfe,
          p.tokenPositions,
          l.p50,
          l.p90,
          p.nfe > 0 ? l.p50 / p.nfe : null,
          l.tokensPerSecond,
          l.n,
          p.id,
        ]),
      ),
    },
  }
}

function panel(results: Results, group: Group, batch: number): XYPanel {
  const series = sweepsOf(results, group).map(
    (sweep): Series => ({
      label: sweep.label,
      role: sweep.model.paradigm,
      shape: sweep.shape,
      join: 'line',
      quiet: group.quiet,
      inLegend: true,
      points: sweep.points.flatMap((p): FigurePoint[] => {
        const l = latencyOf(p, batch)
        if (l === undefined) return []
        const note = [
          `${p.setting}, NFE ${forwards(p.nfe)}`,
          `p50 ${ms(l.p50)}, ${num(l.p50 / p.nfe)} ms a forward`,
          `${num(l.tokensPerSecond)} tokens/s`,
          `n = ${l.n}`,
        ]
        const label = sweep.model.paradigm === 'autoregressive' ? 'AR' : null
        return [{ x: p.nfe, y: l.p50, interval: l.ci95, xHigh: null, n: l.n, label, hollow: false, note }]
      }),
    }),
  )
  const shown = series.flatMap((s) => s.points)
  return {
    kind: 'xy',
    id: `latency-vs-steps-batch-${batch}-${group.id}`,
    title: `Batch ${batch}`,
    hint: 'lower is faster',
    x: log2Axis(
      'forwards (NFE)',
      shown.map((p) => p.x),
    ),
    y: log10Axis(
      'median ms for one text',
      shown.flatMap((p) => [p.y, ...(p.interval ?? [])]),
    ),
    series,
    guides: [],
  }
}
