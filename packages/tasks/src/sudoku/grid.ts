/** @file Sudoku grids of size N: cells, boxes, and the bit masks of the digits that a cell may still hold. */

/** Height × width of a box: N = height·width. */
const boxes = { 4: [2, 2], 6: [2, 3], 9: [3, 3] } as const
export const sudokuSizes = [4, 6, 9] as const
export type SudokuSize = (typeof sudokuSizes)[number]

/** Cells are numbered row by row; a grid holds 0 for a blank and 1 … N for a digit. */
export type Grid = Uint8Array

export type Geometry = {
  readonly size: SudokuSize
  readonly cells: number
  /** Bit d−1 set: digit d. All N bits. */
  readonly all: number
  /** Cells that share a row, column or box with a cell, itself excluded. */
  readonly peers: readonly (readonly number[])[]
}

const made = new Map<SudokuSize, Geometry>()

export function geometryOf(size: SudokuSize): Geometry {
  const known = made.get(size)
  if (known !== undefined) return known
  const [height, width] = boxes[size]
  const cells = size * size
  const row = (c: number): number => Math.floor(c / size)
  const column = (c: number): number => c % size
  const box = (c: number): number =>
    Math.floor(row(c) / height) * (size / width) + Math.floor(column(c) / width)
  const peers = Array.from({ length: cells }, (_, c) =>
    Array.from({ length: cells }, (_unused, o) => o).filter(
      (o) => o !== c && (row(o) === row(c) || column(o) === column(c) || box(o) === box(c)),
    ),
  )
  const geometry = { size, cells, all: 2 ** size - 1, peers }
  made.set(size, geometry)
  return geometry
}

/** Bits of the digits that no peer of the cell holds. */
export function candidates(grid: Grid, cell: number, { all, peers }: Geometry): number {
  let used = 0
  for (const peer of peers[cell]) if (grid[peer] !== 0) used |= 1 << (grid[peer] - 1)
  return all & ~used
}

export function countBits(bits: number): number {
  let n = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) n++
  return n
}
