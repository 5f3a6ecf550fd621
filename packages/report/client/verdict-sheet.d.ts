/** @file Types of verdict-sheet.js, for the side that is TypeScript. */
import type { Theme } from '../src/palette.ts'
import type { VerdictSpec } from '../src/verdict/spec.ts'

/** Returns the height that it takes. @public Used through verdict-sheet.js. */
export declare function drawVerdict(
  ctx: object,
  spec: VerdictSpec,
  look: { theme: Theme; font: string },
  width: number,
  measuring?: boolean,
): number
