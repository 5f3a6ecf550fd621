/** @file Chart 4, the generative frontier: judge bits beside entropy, because the judge alone rewards repetition. */
import type { Results } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { caption } from '../caption.ts'
import { type FigurePoint, type FigureSpec, legendOf, type Series, type XYPanel } from '../figure.ts'
import { forwards, type Group, metricOf, num, pointsOf, sweepsOf } from '../select.ts'

export function frontier(results: Results, group: Group): FigureSpec | null {
  const models = modelSeries(results, group).filter((s) => s.points.length > 0)
  if (models.length === 0) return null
  const baselines = baselineSeries(results).filter((s) => s.points.length > 0)
  const core = [...models, ...baselines.filter((s) => s.role === 'held-out')].flatMap((s) => s.points)
  // A control far away would squeeze the models into a corner: it is named in the caption instead.
  const [nearX, nearY] = [reach(core.map((p) => p.x)), reach(core.map((p) => p.y))]
  const isNear = (s: Series): boolean => s.points.every((p) => nearX(p.x) && nearY(p.y))
  const far = baselines.filter((s) => !isNear(s)).flatMap((s) => s.points)
  const series = [...models, ...baselines.filter(isNear)]
  const shown = series.flatMap((s) => s.points)
  const panel: XYPanel = {
    kind: 'xy',
    id: `frontier-${group.id}`,
    title: 'Judge bits against entropy',
    hint: 'nearest to held-out text',
    x: linearAxis(
      'entropy of the samples (4-grams), bits per character',
      shown.map((p) => p.x),
    ),
    y: linearAxis(
      'judge, bits per character',
      shown.map((p) => p.y),
    ),
    series,
    guides: [],
  }
  const named = far.map((p) => `${p.label} (${num(p.x)}, ${num(p.y)})`)
  const away = named.length === 0 ? '' : ` Off the axes: ${named.join(', ')}.`
  return {
    id: `4-frontier-${group.id}`,
    title: 'Generative frontier',
    group: group.label,
    quiet: group.quiet,
    columns: 1,
    panelHeight: 400,
    caption: caption(
      results,
      `A sampler can please the judge by saying the same thing again: it then moves down and to the left. Good text lies beside the star, which is held-out text; crosses are controls without a model.${away}`,
      shown.flatMap((p) => (p.n === null ? [] : [p.n])),
      'texts a point',
    ),
    panels: [panel],
    legend: legendOf([panel]),
    csv: {
      header: ['group', 'source', 'setting', 'entropy', 'judge_bits', 'n'],
      rows: [...models, ...baselines].flatMap((s) =>
        s.points.map((p) => [group.id, s.label, p.note[0] ?? null, p.x, p.y, p.n]),
      ),
    },
  }
}

/** True for values within one span of the given ones. */
function reach(values: readonly number[]): (value: number) => boolean {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const span = high - low || 0.1
  return (value) => value >= low - span && value <= high + span
}

function modelSeries(results: Results, group: Group): Series[] {
  if (pointsOf(results, group).length === 0) return []
  return sweepsOf(results, group).map((sweep) => ({
    label: sweep.label,
    role: sweep.model.paradigm,
    shape: sweep.shape,
    join: sweep.model.paradigm === 'autoregressive' ? ('none' as const) : ('line' as const),
    quiet: group.quiet,
    inLegend: true,
    points: sweep.points.flatMap((p): FigurePoint[] => {
      const [x, y] = [metricOf(p.quality, 'entropy'), metricOf(p.quality, 'judge-bits')]
      if (x === undefined || y === undefined) return []
      const label = sweep.model.paradigm === 'autoregressive' ? 'AR' : p.setting
      return [
        {
          x: x.value,
          y: y.value,
          interval: y.ci95,
          xHigh: null,
          n: y.n,
          label,
          hollow: false,
          note: [p.setting, `NFE ${forwards(p.nfe)}`, `n = ${y.n}`],
        },
      ]
    }),
  }))
}

function baselineSeries(results: Results): Series[] {
  return results.baselines.map((b) => {
    const [x, y] = [metricOf(b.quality, 'entropy'), metricOf(b.quality, 'judge-bits')]
    const point = x &&
      y && {
        x: x.value,
        y: y.value,
        interval: y.ci95,
        xHigh: null,
        n: y.n,
        label: b.label,
        hollow: false,
        note: [b.label, `n = ${y.n}`],
      }
    return {
      label: b.kind === 'held-out' ? b.label : 'control',
      role: b.kind,
      shape: b.kind === 'held-out' ? ('star' as const) : ('crossRot' as const),
      join: 'none' as const,
      quiet: false,
      inLegend: true,
      points: point ? [point] : [],
    }
  })
}
