import { InputError } from '@trivium/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createTask,
  type Rendering,
  type Split,
  splits,
  type Task,
  type TaskTexts,
  taskSummaries,
} from './index.ts'

/** Three texts that share no line, as splits of one would. */
const words = ['const', 'total', 'of', 'list', 'item', 'node', 'value', 'key', 'first', 'other', 'begins']
const prose = (seed: number): string =>
  Array.from({ length: 3000 }, (_, i) => words[(i * i * seed + 7 * i + (i >> 2)) % words.length]).join(' ')
const code = (seed: number): string =>
  Array.from(
    { length: 400 },
    (_, i) => `  let ${words[(i * seed) % 11]}${seed} = ${words[(i + seed) % 11]} + ${i}`,
  ).join('\n')
const textsOf = (name: string): TaskTexts => {
  const write = name === 'edit' ? code : prose
  return { train: write(3), validation: write(5), test: write(8) }
}
const make = (name: string, settings: Record<string, unknown> = {}, rendering?: Rendering): Task =>
  createTask(name, settings, rendering, textsOf(name))

const variants: [string, Record<string, unknown>, Rendering][] = [
  ...taskSummaries().flatMap(({ name, renderings }) =>
    renderings.map((rendering): [string, Record<string, unknown>, Rendering] => [name, {}, rendering]),
  ),
  ['sudoku', { size: 4, clues: 8 }, 'canvas'],
  ['sudoku', { size: 9, clues: 40 }, 'canvas'],
  ['records', { level: 2 }, 'sequence'],
  ['records', { level: 3 }, 'sequence'],
  ['addition', { digits: 1 }, 'sequence'],
  ['shuffle', { length: 2, letters: 2 }, 'sequence'],
  ['infill', { sides: 'left', gaps: [3] }, 'sequence'],
  ['edit', { kinds: ['rename'] }, 'sequence'],
]

describe.each(variants)('%s %j %s', (name, settings, rendering) => {
  const task = make(name, settings, rendering)
  const examples = Array.from({ length: 20 }, (_, i) => task.example(1, 'train', i))

  it('gives rows of one length, a pure function of (seed, split, index)', () => {
    for (const [i, { tokens, given }] of examples.entries()) {
      expect(tokens).toHaveLength(task.length)
      expect(given).toHaveLength(task.length)
      expect(given).toContain(0)
      for (const token of tokens)
        expect(token).toBeLessThan(task.ends || token === task.pad ? task.pad + 1 : task.eos)
      expect(make(name, settings, rendering).example(1, 'train', i).tokens).toEqual(tokens)
    }
    expect(new Set(examples.map((e) => e.tokens.join())).size).toBeGreaterThan(name === 'shuffle' ? 3 : 15)
    expect(task.example(2, 'train', 0).tokens).not.toEqual(examples[0].tokens)
  })

  it('accepts its own answers and refuses one wrong symbol', () => {
    for (const example of examples) {
      const verdict = task.verify(example, example.tokens)
      expect(verdict.correct).toBe(true)
      for (const share of Object.values(verdict.parts)) expect(share).toBe(1)
      const at = example.given.indexOf(0)
      const wrong = example.tokens.slice()
      wrong[at] = (wrong[at] + 1) % task.alphabet.length
      expect(task.verify(example, wrong).correct).toBe(false)
    }
  })

  it('judges whatever is written without throwing, and reads no given position', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: task.pad }), { minLength: task.length, maxLength: task.length }),
        fc.nat(examples.length - 1),
        (written, i) => {
          const { parts } = task.verify(examples[i], Int32Array.from(written))
          for (const share of Object.values(parts)) expect(share >= 0 && share <= 1).toBe(true)
          const spoilt = examples[i].tokens.map((token, l) =>
            examples[i].given[l] === 1 ? written[l] : token,
          )
          expect(task.verify(examples[i], spoilt).correct).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('tells difficulties apart by the row alone', () => {
    for (const example of examples) expect(task.difficulty(example)).toBeGreaterThanOrEqual(0)
  })
})

/** The condition of a row and its solution, as text. */
const rowsOf = (task: Task, split: Split, count: number): string[] =>
  Array.from({ length: count }, (_, i) => task.text(task.example(1, split, i).tokens))

describe('splits', () => {
  it.each([
    ['sudoku', { size: 4 }, 'canvas'],
    ['addition', { digits: 2 }, 'sequence'],
    ['records', {}, 'sequence'],
    ['sort', { length: 4, letters: 4 }, 'sequence'],
    ['infill', {}, 'canvas'],
    ['correction', {}, 'canvas'],
    ['edit', {}, 'sequence'],
  ] as const)('of %s share no solution', (name, settings, rendering) => {
    const task = make(name, settings, rendering)
    const seen = splits.map((split) => new Set(rowsOf(task, split, 120)))
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ])
      expect([...seen[a]].filter((row) => seen[b].has(row))).toEqual([])
  })
})

describe('errors', () => {
  it('names what is wrong and what there is', () => {
    expect(() => createTask('sodoku')).toThrow(InputError)
    expect(() => createTask('sodoku')).toThrow(/no task 'sodoku'; there are sudoku, addition/)
    expect(() => createTask('sudoku', { size: 5 })).toThrow(/option block of task 'sudoku'.*size.*got 5/)
    expect(() => createTask('sudoku', { sise: 4 })).toThrow(/sise/)
    expect(() => createTask('copy', {}, 'canvas')).toThrow(/no rendering 'canvas'; it has sequence/)
    const task = createTask('copy')
    expect(() => task.verify(task.example(1, 'test', 0), new Int32Array(3))).toThrow(/3 tokens.*writes 25/)
  })

  it('says when a split is empty', () => {
    const task = createTask('sort', { length: 2, letters: 2 })
    const found = splits.filter((split) => {
      try {
        return task.example(1, split, 0).tokens.length > 0
      } catch (error) {
        expect((error as Error).message).toMatch(/has no problem of split '(validation|test)'/)
        return false
      }
    })
    expect(found).toContain('train')
    expect(found.length).toBeLessThan(3)
  })
})
