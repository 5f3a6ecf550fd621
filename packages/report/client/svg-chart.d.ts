/** @file Types of svg-chart.js. */
import type { Look } from '../src/draw.ts'
import type { PanelSpec } from '../src/figure.ts'

/** @public Used through svg-chart.js. */
export declare function chartMarkup(
  Chart: unknown,
  panel: PanelSpec,
  look: Look,
  options: { width: number; height: number; measure: object; name: string; hidden?: ReadonlySet<string> },
): string
