/** @file Types of svg.js. */

/** What is drawn on it becomes SVG. @public Used through svg.js. */
export interface SvgContext {
  place(markup: string, x: number, y: number): void
  markup(): string
}
interface Measure {
  font: string
  measureText(text: string): { width: number }
}
/** @public Used through svg.js. */
export declare function svgContext(measure: Measure, name: string): SvgContext
/** @public Used through svg.js. */
export declare function svgFile(markup: string, width: number, height: number, ground: string): string
