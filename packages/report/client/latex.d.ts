/** @file Types of latex.js. */

interface Cell {
  childNodes: Iterable<{ textContent: string }>
}
interface Table {
  rows: ArrayLike<{ cells: ArrayLike<Cell> }> & Iterable<{ cells: ArrayLike<Cell> & Iterable<Cell> }>
}
/** @public Used through latex.js. */
export declare function latexOf(table: Table): string
/** @public Used through latex.js. */
export declare function escapeLatex(text: string): string
