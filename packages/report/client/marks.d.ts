/** @file Types of marks.js, for the side that is TypeScript. */
import type { Shape } from '../src/figure.ts'

/** @public Used through marks.js. */
export declare const markPaths: Record<Shape, string>

/** What is needed of a canvas: that of a browser has it, and any other. */
interface Outline {
  beginPath(): void
  lineTo(x: number, y: number): void
  closePath(): void
}
/** @public Used through marks.js. */
export declare function traceMark(ctx: Outline, shape: Shape, x: number, y: number, scale: number): void
