/** @file Types of sheet.js and verdict-sheet.js, for the side that is TypeScript. */
import type { FigureSpec, PanelSpec } from '../src/figure.ts'
import type { Theme } from '../src/palette.ts'

/** A 2D context, of a canvas or one that writes SVG. */
type Context = object
interface Look {
  theme: Theme
  font: string
}
interface Place {
  x: number
  y: number
  width: number
  height: number
}
interface Layout {
  width: number
  height: number
}
/** @public Used through sheet.js. */
export declare function leadSpan(count: number, columns: number): number
/** @public Used through sheet.js. */
export declare function sheetLayout(ctx: Context, figure: FigureSpec, look: Look, width?: number): Layout
/** @public Used through sheet.js. */
export declare function drawSheet(
  ctx: Context,
  figure: FigureSpec,
  look: Look,
  layout: Layout,
  paintPanel: (panel: PanelSpec, place: Place) => void,
): void
