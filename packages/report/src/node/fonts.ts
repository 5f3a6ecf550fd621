/**
 * @file Chart.js and the fonts of pictures, made ready once. Text is set in Inter, which comes with this package, so that a
 * machine without fonts draws the same picture.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GlobalFonts } from '@napi-rs/canvas'
import { Chart, registerables } from 'chart.js'

export const family = '"Trivium Inter", "Trivium Inter Greek", "Trivium Inter Extended", sans-serif'

let ready = false

export function prepareDrawing(): void {
  if (ready) return
  Chart.register(...registerables)
  const require = createRequire(import.meta.url)
  const files = join(dirname(require.resolve('@fontsource/inter/package.json')), 'files')
  const subsets = {
    latin: 'Trivium Inter',
    greek: 'Trivium Inter Greek',
    'latin-ext': 'Trivium Inter Extended',
  }
  for (const [subset, name] of Object.entries(subsets))
    for (const weight of [400, 600])
      GlobalFonts.registerFromPath(join(files, `inter-${subset}-${weight}-normal.woff2`), name)
  ready = true
}
