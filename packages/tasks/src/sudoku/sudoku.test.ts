import { describe, expect, it } from 'vitest'
import { createTask } from '../table.ts'
import { type Grid, geometryOf, sudokuSizes } from './grid.ts'
import { beyondNakedSingles, countSolutions } from './solve.ts'

/** Solutions by trying every digit at the first blank, checked against the definition alone. */
function bruteForce(grid: Grid, size: 4): number {
  const { peers } = geometryOf(size)
  const blank = grid.indexOf(0)
  if (blank < 0) return 1
  let n = 0
  for (let digit = 1; digit <= size; digit++) {
    if (peers[blank].some((peer) => grid[peer] === digit)) continue
    const next = grid.slice()
    next[blank] = digit
    n += bruteForce(next, size)
  }
  return n
}

describe('geometry', () => {
  it.each([
    [4, 7],
    [6, 12],
    [9, 20],
  ] as const)('%i×%i cells have %i peers', (size, count) => {
    for (const peers of geometryOf(size).peers) expect(peers).toHaveLength(count)
  })
})

describe('countSolutions', () => {
  it('knows that there are 288 grids of size 4', () => {
    expect(countSolutions(new Uint8Array(16), geometryOf(4), 1000)).toBe(288)
  })

  it('agrees with brute force and leaves the grid alone', () => {
    const task = createTask('sudoku', { size: 4 }, 'canvas')
    for (let i = 0; i < 20; i++) {
      const { tokens, given } = task.example(3, 'train', i)
      // One clue less than minimal: two solutions or more.
      const grid = Uint8Array.from(tokens, (token, c) => (given[c] === 1 ? token + 1 : 0))
      grid[given.indexOf(1)] = 0
      const before = grid.slice()
      expect(countSolutions(grid, geometryOf(4), 1000)).toBe(bruteForce(grid, 4))
      expect(grid).toEqual(before)
    }
  })
})

describe.each(sudokuSizes)('puzzles of size %i', (size) => {
  const task = createTask('sudoku', { size }, 'canvas')
  const geometry = geometryOf(size)

  it('have one solution, and none once a clue is left out', () => {
    for (let i = 0; i < 4; i++) {
      const { tokens, given } = task.example(1, 'test', i)
      const puzzle = Uint8Array.from(tokens, (token, c) => (given[c] === 1 ? token + 1 : 0))
      expect(countSolutions(puzzle, geometry, 2)).toBe(1)
      for (const [c, g] of given.entries()) {
        if (g === 0) continue
        const fewer = puzzle.slice()
        fewer[c] = 0
        expect(countSolutions(fewer, geometry, 2)).toBe(2)
      }
    }
  })

  it('pose the same problem in both renderings', () => {
    const other = createTask('sudoku', { size })
    const canvas = task.example(1, 'train', 0)
    const { tokens } = other.example(1, 'train', 0)
    const n = size * size
    expect(tokens.slice(n)).toEqual(canvas.tokens)
    canvas.given.forEach((g, c) => expect(tokens[c]).toBe(g === 1 ? canvas.tokens[c] : size))
  })
})

describe('difficulty', () => {
  it('is 0 where naked singles do, and counts what they leave', () => {
    const solved = Uint8Array.from('1234341221434321', Number)
    const easy = solved.slice()
    easy[0] = 0
    expect(beyondNakedSingles(easy, geometryOf(4))).toBe(0)
    expect(beyondNakedSingles(new Uint8Array(16), geometryOf(4))).toBe(16)
  })
})

describe('verify', () => {
  it('sees a repeated digit and counts the cells that nothing contradicts', () => {
    const task = createTask('sudoku', { size: 4, clues: 15 }, 'canvas')
    const example = task.example(1, 'train', 0)
    const wrong = example.tokens.slice()
    const at = example.given.indexOf(0)
    wrong[at] = (wrong[at] + 1) % 4
    expect(task.verify(example, wrong)).toEqual({ correct: false, parts: { cells: 0 } })
  })
})
