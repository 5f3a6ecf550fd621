/** @file The mark of a model or a sweep as inline SVG: the same shape, shade and dash as in the charts. */
import { markPaths } from '#client/marks.js'
import type { LegendEntry, Stroke } from '../figure.ts'

/** 40 × 12 pixels, room for two periods of any dash: the mark, on its line where there is one. */
export function legendMark({ ink, shape, dash, line }: Omit<LegendEntry, 'label'>): string {
  const dashes = dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`
  const path = line ? `<path class="line"${dashes} d="M0 6H40"/>` : ''
  return `<svg class="mark" data-ink="${ink}" viewBox="0 0 40 12" width="40" height="12" aria-hidden="true">${path}<path transform="translate(14 0)" d="${markPaths[shape]}"/></svg>`
}

/** The mark of a model before its name, in tables, samples and the player. */
export function modelMark(stroke: Stroke): string {
  return legendMark({ ...stroke, line: true })
}
