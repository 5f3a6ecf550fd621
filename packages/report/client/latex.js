/** @file A table of the page as LaTeX, in the rules of booktabs. Types: latex.d.ts. */

const specials = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
  '−': '$-$',
  '–': '--',
  τ: '$\\tau$',
  γ: '$\\gamma$',
  σ: '$\\sigma$',
  ρ: '$\\rho$',
  '₁': '$_1$',
  '₂': '$_2$',
  ₑ: '$_e$',
  '\u00a0': '~',
}

/** Text that LaTeX prints as it stands. */
export function escapeLatex(text) {
  return text.replaceAll(/[\\~^&%$#_{}≥≤−–τγσρ₁₂ₑ\u00a0]/gu, (c) => specials[c] ?? `\\${c}`)
}

/** The text of every cell, parts of a cell with a space between. */
const cellText = (cell) =>
  [...cell.childNodes]
    .map((node) => node.textContent.trim())
    .filter((text) => text !== '')
    .join(' ')

/** A `tabular` with the first column to the left, the others to the right. */
export function latexOf(table) {
  const rows = [...table.rows].map(
    (row) => `${[...row.cells].map((c) => escapeLatex(cellText(c))).join(' & ')} \\\\`,
  )
  const columns = `l${'r'.repeat(Math.max(0, (table.rows[0]?.cells.length ?? 1) - 1))}`
  return `\\begin{tabular}{${columns}}\n\\toprule\n${rows[0]}\n\\midrule\n${rows.slice(1).join('\n')}\n\\bottomrule\n\\end{tabular}\n`
}
