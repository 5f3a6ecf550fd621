import { expect, it } from 'vitest'
import { parseTask, shownExamples } from './task-text.ts'

it('reads a name and its options', () => {
  expect(parseTask('sudoku:size=4,clues=8', 'canvas')).toMatchObject({
    name: 'sudoku',
    options: { size: 4, clues: 8 },
    rendering: 'canvas',
    length: 16,
  })
  expect(parseTask('copy').options).toEqual({ length: 12, letters: 26 })
  const text = 'let a = b\nlet c = d\n'.repeat(9)
  const texts = { train: text, validation: text, test: text }
  expect(parseTask('infill:gaps=[1,2],length=8', undefined, texts).options).toMatchObject({
    gaps: [1, 2],
    length: 8,
  })
  expect(parseTask('edit:lines=2,kinds=[rename,delete]', undefined, texts).options).toMatchObject({
    lines: 2,
    kinds: ['rename', 'delete'],
  })
})

it.each([
  ['sodoku', /no task 'sodoku'/],
  ['sudoku:', /'' is not name=value/],
  ['sudoku:size', /'size' is not name=value/],
  ['sudoku:size=5', /size/],
  ['sudoku:size=4,clues=16', /clues: .*a grid of 16 cells/],
  ['infill:gaps=[]', /gaps/],
  ['infill:gaps=[1,]', /gaps/],
  ['infill:gaps=[1', /gaps/],
  ['sudoku:sise=4', /sise/],
  ['copy:length=1e9', /length/],
])('refuses %j in one line', (text, message) => {
  expect(() => parseTask(text)).toThrow(message)
  expect(() => parseTask(text)).toThrow(/^[^\n]*$/)
})

it('shows given and wanted text apart', () => {
  const [{ given, answer }] = shownExamples(parseTask('reverse:length=5'), 1, 'test', 1)
  expect(given).toMatch(/^[a-z]{5}>$/)
  expect([...answer].reverse().join('')).toBe(given.slice(0, 5))
  const [puzzle] = shownExamples(parseTask('sudoku:size=4', 'canvas'), 1, 'test', 1)
  expect(puzzle.given).toMatch(/^[1-4·]{16}$/)
  expect(puzzle.answer).toHaveLength([...puzzle.given].filter((c) => c === '·').length)
})
