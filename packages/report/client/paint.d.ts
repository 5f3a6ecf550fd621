/** @file Types of what TypeScript uses of paint.js. */

/** @public Used through paint.js. */
export declare function fitText(
  ctx: { measureText(text: string): { width: number } },
  text: string,
  width: number,
): string
