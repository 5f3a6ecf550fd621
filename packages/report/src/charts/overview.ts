/** @file The overview for a README: quality versus steps, versus latency, and bits per character, side by side. */
import { caption } from '../caption.ts'
import type { Chart, Scene } from '../chart.ts'
import { type FigureSpec, legendOf, type PanelSpec } from '../figure.ts'
import { hasAllRoads } from '../members.ts'
import { pointsOf } from '../select.ts'
import { bitsPerCharacter } from './bits.ts'
import { qualityLatency } from './quality-latency.ts'
import { writtenNoun } from './quality-panel.ts'
import { qualitySteps } from './quality-steps.ts'

/** Of the first group (the reference, where there is one); null when the results hold none of the three. */
export function overview({ results, groups: [group] }: Scene): FigureSpec | null {
  if (group === undefined) return null
  const panelOf = (chart: Chart, title: (panel: PanelSpec) => string): PanelSpec[] => {
    const [figure] = chart.figures(results, [group])
    // The divergence to held-out text is the one metric here that repetition cannot please.
    const panel = figure?.panels.find((p) => p.id.startsWith('js-')) ?? figure?.panels[0]
    return panel === undefined ? [] : [{ ...panel, title: title(panel) }]
  }
  const panels = [
    ...panelOf(qualitySteps, (p) => `Steps: ${p.title}`),
    ...panelOf(qualityLatency, (p) => `Latency: ${p.title}`),
    ...panelOf(bitsPerCharacter, () => bitsPerCharacter.title),
  ]
  if (panels.length === 0) return null
  const about = `${results.dataset.name} (${results.dataset.view}), ${group.label.toLowerCase()}.`
  const bounds = panels.some((p) => p.kind === 'bars' && p.bars.some((b) => b.bound))
  return {
    id: 'overview',
    title: hasAllRoads(group.models)
      ? 'Three roads to text: quality against steps, against latency, and likelihood'
      : 'Quality against steps, against latency, and likelihood',
    group: group.label,
    quiet: false,
    columns: panels.length as 1 | 2 | 3,
    panelHeight: 330,
    caption: caption(
      results,
      bounds ? `${about} Hatched: an upper bound.` : about,
      pointsOf(group).flatMap(({ point }) => point.quality.map((m) => m.n)),
      writtenNoun({ results, groups: [group] }),
    ),
    panels,
    legend: legendOf(panels),
    csv: null,
  }
}
