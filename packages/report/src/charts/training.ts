/** @file Chart 12, training curves: held-out bits per character (or the loss) against tokens and against seconds. */
import type { Results, TrainingCurve } from '@trivium/schema'
import { linearAxis } from '../axis.ts'
import { caption } from '../caption.ts'
import { type FigurePoint, type FigureSpec, legendOf, type Series, type XYPanel } from '../figure.ts'
import { count, type Group, num } from '../select.ts'

type Against = 'tokens' | 'seconds'
type Of = 'validation' | 'loss'

/** A curve keeps at most this many points, evenly thinned, first and last included. */
const mostPoints = 240

export function training(results: Results, group: Group): FigureSpec | null {
  const curves = results.training.filter(
    (c) => c.points.length > 0 && group.models.some((m) => m.id === c.model),
  )
  if (curves.length === 0) return null
  const validated = curves.some((c) => c.points.some((p) => p.validation !== null))
  const kinds: Of[] = validated ? ['validation', 'loss'] : ['loss']
  const panels = kinds.flatMap((of) =>
    (['tokens', 'seconds'] as const).map((against) => panel(group, curves, of, against)),
  )
  return {
    id: `12-training-${group.id}`,
    title: 'Training',
    group: group.label,
    quiet: group.quiet,
    columns: 2,
    panelHeight: 280,
    caption: caption(
      results,
      'Held-out bits per character during training are exact for the autoregressive model and upper bounds for diffusion models. The training loss is each paradigm’s own objective in nats a token: compare its shape, never its height.',
      [],
      '',
    ),
    panels,
    legend: legendOf(panels),
    csv: {
      header: [
        'group',
        'model',
        'step',
        'tokens',
        'seconds',
        'loss_nats_per_token',
        'validation_bits_per_character',
      ],
      rows: curves.flatMap((c) =>
        c.points.map((p) => [group.id, labelOf(group, c), p.step, p.tokens, p.seconds, p.loss, p.validation]),
      ),
    },
  }
}

function labelOf(group: Group, curve: TrainingCurve): string {
  return group.models.find((m) => m.id === curve.model)?.label ?? curve.model
}

function panel(group: Group, curves: readonly TrainingCurve[], of: Of, against: Against): XYPanel {
  const series = curves.map((curve): Series => {
    const usable = curve.points.flatMap((p) => {
      const y = p[of]
      return y === null || !Number.isFinite(y) ? [] : [{ p, y }]
    })
    return {
      label: labelOf(group, curve),
      role: group.models.find((m) => m.id === curve.model)?.paradigm ?? 'guide',
      shape: 'circle',
      join: 'line',
      quiet: group.quiet,
      inLegend: true,
      points: thin(usable).map(({ p, y }): FigurePoint => {
        const note = [`step ${p.step}, ${count(p.tokens)} tokens, ${num(p.seconds)} s`]
        return { x: p[against], y, interval: null, xHigh: null, n: null, label: null, hollow: false, note }
      }),
    }
  })
  const shown = series.flatMap((s) => s.points)
  const words = of === 'validation' ? 'Held-out bits per character' : 'Training loss, nats a token'
  return {
    kind: 'xy',
    id: `${of}-vs-${against}-${group.id}`,
    title: `${words}, by ${against}`,
    hint: of === 'validation' ? 'lower is better' : 'not comparable across paradigms',
    x: linearAxis(
      against === 'tokens' ? 'training tokens' : 'training seconds',
      shown.map((p) => p.x),
      true,
    ),
    y: linearAxis(
      '',
      shown.map((p) => p.y),
    ),
    series,
    guides: [],
  }
}

function thin<T>(points: readonly T[]): T[] {
  if (points.length <= mostPoints) return [...points]
  return Array.from(
    { length: mostPoints },
    (_, i) => points[Math.round((i * (points.length - 1)) / (mostPoints - 1))],
  )
}
