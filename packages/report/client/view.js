/**
 * @file What a reader makes of a panel: another scale, a part of it. A view is a copy of the panel with other axes, so that the
 * builder draws it as it draws every panel. Types: view.d.ts.
 */

/** The panel under a view: { x: { scale, min, max }, y: … }, every part of it optional. */
export function viewOf(panel, view) {
  return { ...panel, x: axisOf(panel, 'x', view.x ?? {}), y: axisOf(panel, 'y', view.y ?? {}) }
}

/** Whether all that stands on an axis can stand on a log scale. */
export function allowsLog(panel, axis) {
  return panel.series.every((series) => series.points.every((point) => point[axis] > 0))
}

function axisOf(panel, name, { scale, min, max }) {
  const axis = panel[name]
  const kind = scale ?? axis.scale
  if (kind === axis.scale && min === undefined) return axis
  const values = panel.series.flatMap((series) => series.points.map((point) => point[name]))
  const [low, high] =
    min !== undefined
      ? [min, max]
      : kind === 'log'
        ? [Math.min(...values.filter((v) => v > 0)) / 1.25, Math.max(axis.max, ...values)]
        : [Math.min(0, ...values), Math.max(axis.max, ...values)]
  return { ...axis, scale: kind, min: low, max: high, ticks: ticksOf(kind, low, high) }
}

/** Round ticks: 1-2-5 in decades, or steps where the span is short. */
function ticksOf(scale, low, high) {
  if (scale === 'log' && high / low > 4) {
    const digits = high / low > 1000 ? [1] : [1, 2, 5]
    const ticks = []
    for (let k = Math.floor(Math.log10(low)); 10 ** k <= high; k++)
      for (const digit of digits) {
        const value = Number((digit * 10 ** k).toPrecision(12))
        if (value >= low && value <= high) ticks.push(value)
      }
    return ticks
  }
  const raw = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 2.5, 5, 10].find((unit) => unit * power >= raw) ?? 10)
  const ticks = []
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(Number((k * step).toPrecision(12)))
  return ticks
}

/** A part of a view around a place: `factor` below 1 zooms in. The ends keep inside the whole panel. */
export function zoomed(panel, view, at, factor) {
  const shown = viewOf(panel, view)
  const whole = viewOf(panel, { x: { scale: shown.x.scale }, y: { scale: shown.y.scale } })
  return Object.fromEntries(
    ['x', 'y'].map((name) => {
      const { scale, min, max } = shown[name]
      const [to, from] = scale === 'log' ? [Math.log, Math.exp] : [(v) => v, (v) => v]
      const ends = [min, max].map((end) => from(to(at[name]) + factor * (to(end) - to(at[name]))))
      return [
        name,
        { scale, min: Math.max(whole[name].min, ends[0]), max: Math.min(whole[name].max, ends[1]) },
      ]
    }),
  )
}
