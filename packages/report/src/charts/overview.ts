/** @file The overview for a README: quality versus steps, versus latency, and bits per character, side by side. */
import type { Results } from '@trivium/schema'
import { caption } from '../caption.ts'
import { type FigureSpec, legendOf } from '../figure.ts'
import { type Group, pointsOf } from '../select.ts'
import { bitsPerCharacter } from './bits.ts'
import { qualityLatency } from './quality-latency.ts'
import { qualitySteps } from './quality-steps.ts'

/** Of the first group (the reference, where there is one); null when the results hold none of the three. */
export function overview(results: Results, group: Group): FigureSpec | null {
  const steps = qualitySteps(results, group)
  const latency = qualityLatency(results, group)
  const bits = bitsPerCharacter(results, [group])
  // The divergence to held-out text is the one metric here that repetition cannot please.
  const pick = (figure: FigureSpec | null, title: string): FigureSpec['panels'] => {
    const panel = figure?.panels.find((p) => p.id.startsWith('js-')) ?? figure?.panels[0]
    return panel === undefined ? [] : [{ ...panel, title: `${title}: ${panel.title}` }]
  }
  const panels = [
    ...pick(steps, 'Steps'),
    ...pick(latency, 'Latency'),
    ...(bits?.panels.map((p) => ({ ...p, title: 'Bits per character' })) ?? []),
  ]
  if (panels.length === 0) return null
  return {
    id: 'overview',
    title: 'Three roads to text: quality against steps, against latency, and likelihood',
    group: group.label,
    quiet: false,
    columns: panels.length,
    panelHeight: 330,
    caption: caption(
      results,
      `${results.dataset.name} (${results.dataset.view}), ${group.label.toLowerCase()}. Hatched: an upper bound.`,
      pointsOf(results, group).flatMap(({ point }) => point.quality.map((m) => m.n)),
      'texts a point',
    ),
    panels,
    legend: legendOf(panels),
    csv: {
      header: ['see'],
      rows: [steps, latency, bits].flatMap((f) => (f === null ? [] : [[`${f.id}.csv`]])),
    },
  }
}
