/** @file Solving and counting by depth-first search on the cell with the fewest candidates, and propagation of naked singles. */
import { candidates, countBits, type Geometry, type Grid } from './grid.ts'

/** The blank with the fewest candidates; -1 when there is none left. */
function tightestBlank(grid: Grid, geometry: Geometry): { cell: number; bits: number } {
  let cell = -1
  let bits = 0
  let fewest = geometry.size + 1
  for (let c = 0; c < grid.length; c++) {
    if (grid[c] !== 0) continue
    const open = candidates(grid, c, geometry)
    const n = countBits(open)
    if (n < fewest) {
      cell = c
      bits = open
      fewest = n
      if (n <= 1) break
    }
  }
  return { cell, bits }
}

/** Solutions of a grid, counted up to `most`. The grid is left as it was. */
export function countSolutions(grid: Grid, geometry: Geometry, most: number): number {
  const { cell, bits } = tightestBlank(grid, geometry)
  if (cell < 0) return 1
  let found = 0
  for (let digit = 1; digit <= geometry.size && found < most; digit++) {
    if ((bits & (1 << (digit - 1))) === 0) continue
    grid[cell] = digit
    found += countSolutions(grid, geometry, most - found)
  }
  grid[cell] = 0
  return found
}

/** Fills the blanks in place, digits tried in the order that `orderOf(cell)` gives. false: no solution. */
export function fill(grid: Grid, geometry: Geometry, orderOf: (cell: number) => readonly number[]): boolean {
  const { cell, bits } = tightestBlank(grid, geometry)
  if (cell < 0) return true
  for (const digit of orderOf(cell)) {
    if ((bits & (1 << (digit - 1))) === 0) continue
    grid[cell] = digit
    if (fill(grid, geometry, orderOf)) return true
  }
  grid[cell] = 0
  return false
}

/** Blanks that stay when cells with one candidate are filled until there is none: they need more than naked singles. */
export function beyondNakedSingles(puzzle: Grid, geometry: Geometry): number {
  const grid = puzzle.slice()
  for (let changed = true; changed; ) {
    changed = false
    for (let c = 0; c < grid.length; c++) {
      if (grid[c] !== 0) continue
      const open = candidates(grid, c, geometry)
      if (countBits(open) !== 1) continue
      grid[c] = 32 - Math.clz32(open)
      changed = true
    }
  }
  return grid.reduce((n, digit) => n + (digit === 0 ? 1 : 0), 0)
}
