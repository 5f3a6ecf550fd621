/**
 * @file Sudoku, 4×4 to 9×9: uniquely solvable puzzles. The order of writing decides (MGDM 2410.14157; "Train for the
 * worst, plan for the best", 2502.06768): a cell is certain only once others are.
 */
import type { Rng } from '@trivium/random'
import { z } from 'zod'
import type { Rendering, TaskFamily, TaskRow, Verdict } from '../task.ts'
import { type Geometry, type Grid, geometryOf, type SudokuSize, sudokuSizes } from './grid.ts'
import { beyondNakedSingles, countSolutions, fill } from './solve.ts'

type Options = { readonly size: SudokuSize; readonly clues?: number }
const optionsSchema: z.ZodType<Options, unknown> = z
  .strictObject({
    size: z.literal(sudokuSizes).default(6).describe('N of an N×N grid: 4 (2×2 boxes), 6 (2×3) or 9 (3×3)'),
    clues: z
      .int()
      .min(0)
      .max(80)
      .optional()
      .describe('given cells at least; minimal (no clue can be left out) when absent'),
  })
  .superRefine(({ size, clues = 0 }, context) => {
    const cells = size ** 2
    if (clues < cells) return
    const message = `${clues} clues leave nothing to write in a grid of ${cells} cells`
    context.addIssue({ code: 'custom', path: ['clues'], message })
  })

/** A full grid. */
type Problem = Grid

/** A random full grid: digits in a random order at every cell, cells by fewest candidates. */
function drawGrid(rng: Rng, geometry: Geometry): Grid {
  const grid = new Uint8Array(geometry.cells)
  const orders = Array.from({ length: geometry.cells }, (_, c) =>
    Array.from(rng.fork(c).permutation(geometry.size), (d) => d + 1),
  )
  fill(grid, geometry, (cell) => orders[cell])
  return grid
}

/** Clues taken away in a random order as long as the solution stays the only one. */
function removeClues(solution: Grid, geometry: Geometry, rng: Rng, keep: number): Grid {
  const puzzle = solution.slice()
  let clues = puzzle.length
  for (const cell of rng.permutation(puzzle.length)) {
    if (clues <= keep) break
    const digit = puzzle[cell]
    puzzle[cell] = 0
    if (countSolutions(puzzle, geometry, 2) === 1) clues--
    else puzzle[cell] = digit
  }
  return puzzle
}

const digits = (grid: Grid): string => Array.from(grid, (d) => (d === 0 ? '.' : String(d))).join('')

/** The puzzle of a row: its first N² symbols, blanks as 0. */
function puzzleOf({ text, given }: TaskRow, rendering: Rendering, { cells }: Geometry): Grid {
  return Uint8Array.from({ length: cells }, (_, c) =>
    rendering === 'canvas' && !given[c] ? 0 : Number(text[c] === '.' ? 0 : text[c]),
  )
}

function render(solution: Grid, puzzle: Grid, rendering: Rendering): TaskRow {
  if (rendering === 'canvas')
    return { text: digits(solution), given: Array.from(puzzle, (digit) => digit !== 0) }
  return {
    text: digits(puzzle) + digits(solution),
    given: Array.from({ length: 2 * puzzle.length }, (_, i) => i < puzzle.length),
  }
}

/** The answer as a full grid: the written cells between the clues, or the whole grid of a `sequence`. */
function answered(puzzle: Grid, answer: string, rendering: Rendering): Grid {
  let next = 0
  return puzzle.map((clue) =>
    rendering === 'canvas' && clue !== 0 ? clue : Number(answer[next++] ?? 0) || 0,
  )
}

function judge(puzzle: Grid, grid: Grid, geometry: Geometry): Verdict {
  const fits = (c: number): boolean =>
    grid[c] >= 1 && grid[c] <= geometry.size && (puzzle[c] === 0 || puzzle[c] === grid[c])
  const right = (c: number): boolean => fits(c) && geometry.peers[c].every((peer) => grid[peer] !== grid[c])
  const blanks = Array.from(puzzle.keys()).filter((c) => puzzle[c] === 0)
  const all = Array.from(puzzle.keys())
  return {
    correct: all.every(right),
    // A cell that no peer contradicts.
    parts: { cells: blanks.length === 0 ? 1 : blanks.filter(right).length / blanks.length },
  }
}

export const sudoku: TaskFamily<Options, Problem> = {
  name: 'sudoku',
  version: 1,
  meaning: 'uniquely solvable grids: whether a sampler writes certain cells first',
  options: optionsSchema,
  renderings: ['sequence', 'canvas'],
  alphabet: ({ size }) => `${'123456789'.slice(0, size)}.`,
  shape: ({ size }, rendering) => ({
    condition: rendering === 'canvas' ? 0 : size * size,
    answer: size * size,
    ends: false,
  }),
  draw: (rng, { size }) => drawGrid(rng, geometryOf(size)),
  solution: digits,
  row(solution, rendering, rng, { size, clues = 0 }) {
    const puzzle = removeClues(solution, geometryOf(size), rng, clues)
    return render(solution, puzzle, rendering)
  },
  verify(row, answer, rendering, { size }) {
    const geometry = geometryOf(size)
    const puzzle = puzzleOf(row, rendering, geometry)
    return judge(puzzle, answered(puzzle, answer, rendering), geometry)
  },
  difficulty: (row, rendering, { size }) =>
    beyondNakedSingles(puzzleOf(row, rendering, geometryOf(size)), geometryOf(size)),
}
