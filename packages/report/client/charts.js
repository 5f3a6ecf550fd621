/**
 * @file The one Chart.js configuration builder: the page runs it in the browser, `src/node/png.ts` runs it in Node, so the
 * interactive chart and the printed one cannot differ. A panel kind is one file and its line here. Plain JavaScript,
 * because the page inlines these very files. Types: charts.d.ts.
 */
import { barConfig } from './bars.js'
import { forestConfig } from './forest.js'
import { heatConfig } from './heat.js'
import { xyConfig } from './xy.js'

const kinds = { bars: barConfig, forest: forestConfig, heat: heatConfig, xy: xyConfig }

/** A Chart.js configuration for one panel. `look`: { theme, font, animate }. */
export function chartConfig(panel, look) {
  return kinds[panel.kind](panel, look)
}
