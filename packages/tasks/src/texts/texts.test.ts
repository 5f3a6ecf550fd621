import { describe, expect, it } from 'vitest'
import { createTask, type Task, type TaskTexts } from '../index.ts'

const text = Array.from({ length: 400 }, (_, i) => String.fromCharCode(97 + ((i * i + 3 * i) % 26))).join('')
const texts: TaskTexts = { train: text, validation: text, test: text }
const examplesOf = (task: Task, n = 60) => Array.from({ length: n }, (_, i) => task.example(1, 'train', i))
const answerOf = (task: Task, { tokens, given }: { tokens: Int32Array; given: Uint8Array }): string =>
  task.text(tokens.filter((_, l) => given[l] === 0)).replace('⏎', '')

it('refuses a text whose test split says nothing new, with the reason', () => {
  const again = 'the same line '.repeat(100)
  const task = createTask('infill', { length: 12, gaps: [2] }, 'canvas', {
    train: again,
    validation: again,
    test: again,
  })
  expect(() => task.example(1, 'test', 0)).toThrow(
    /'infill' has no passage of split 'test' .* repeats itself/,
  )
})

describe('infill', () => {
  it('shows both sides, or the left alone, and asks for what is missing in the text', () => {
    for (const sides of ['both', 'left']) {
      const task = createTask('infill', { length: 12, gaps: [1, 3], sides }, 'sequence', texts)
      for (const example of examplesOf(task)) {
        const [condition, answer] = task.text(example.tokens).replace('⏎', '').split('→')
        const whole = sides === 'both' ? condition.replace('▁', answer) : condition + answer
        expect(text).toContain(whole)
        expect(condition.includes('▁')).toBe(sides === 'both')
        expect([1, 3]).toContain(answer.length)
        expect(task.difficulty(example)).toBe(answer.length)
      }
    }
  })
  it('says what a filling stands between, alike in both renderings, where both sides are shown', () => {
    for (const rendering of ['sequence', 'canvas'] as const) {
      const task = createTask('infill', { length: 12, gaps: [1, 3] }, rendering, texts)
      for (const example of examplesOf(task, 20)) {
        const found = task.filling(example, example.tokens)
        if (found === null) throw new Error('both sides are shown')
        expect(found.written).toBe(found.wanted)
        expect([1, 3]).toContain(found.wanted.length)
        expect(text).toContain(found.left + found.wanted + found.right)
        const other = example.tokens.map((token, l) => (example.given[l] === 1 ? token : 0))
        expect(task.filling(example, other)).toEqual({ ...found, written: expect.stringMatching(/^ +$/) })
      }
    }
    const left = createTask('infill', { length: 12, sides: 'left', gaps: [2] }, 'sequence', texts)
    const [example] = examplesOf(left, 1)
    expect(left.filling(example, example.tokens)).toBeNull()
  })
  it('leaves the gap open in its canvas', () => {
    const task = createTask('infill', { length: 12, gaps: [4] }, 'canvas', texts)
    for (const example of examplesOf(task, 10)) {
      expect(text).toContain(task.text(example.tokens))
      expect(example.given.filter((g) => g === 0)).toHaveLength(4)
      expect(example.given[0] + example.given[11]).toBe(2)
    }
  })
})

describe('correction', () => {
  const task = createTask('correction', { length: 16, errors: [0, 1, 4] }, 'canvas', texts)
  it('shows a draft that differs in e characters, all to be written', () => {
    const counts = examplesOf(task).map((example) => {
      expect(example.given).not.toContain(1)
      expect(text).toContain(task.text(example.tokens))
      const errors = example.draft?.filter((token, l) => token !== example.tokens[l]).length
      expect(task.difficulty(example)).toBe(errors)
      return errors
    })
    expect([...new Set(counts)].sort()).toEqual([0, 1, 4])
  })
  it('tells repairs and breaks apart, in either rendering', () => {
    for (const rendering of ['canvas', 'sequence'] as const) {
      const one = createTask('correction', { length: 16, errors: [2] }, rendering, texts)
      const example = one.example(1, 'train', 0)
      const wanted = answerOf(one, example)
      const { original } = one.edits(example, example.tokens) ?? { original: '' }
      const wrong = [...original].flatMap((symbol, i) => (symbol === wanted[i] ? [] : [i]))
      expect(wrong).toHaveLength(2)
      expect(one.verify(example, example.tokens)).toEqual({ correct: true, parts: { repaired: 1, kept: 1 } })
      const start = one.length - 16
      const idOf = (symbol: string): number => one.alphabet.indexOf(symbol)
      const written = example.tokens.slice()
      written[start + wrong[0]] = idOf(original[wrong[0]])
      expect(one.verify(example, written).parts).toEqual({ repaired: 0.5, kept: 1 })
      const right = wrong[0] === 0 ? (wrong[1] === 1 ? 2 : 1) : 0
      written[start + right] = idOf(wanted[right] === 'a' ? 'b' : 'a')
      expect(one.verify(example, written).parts).toEqual({ repaired: 0.5, kept: 13 / 14 })
    }
  })
})

describe('edit', () => {
  const code = Array.from({ length: 60 }, (_, i) => `let a${i} = b + ${i}`).join('\n')
  const split = { train: code, validation: code, test: code }
  const task = createTask('edit', { length: 80, lines: 3 }, 'sequence', split)
  it('takes lines of code alone: no comment, no tab, nothing outside of its alphabet', () => {
    const others = [
      '// a comment',
      '/* two */',
      ' * of a block',
      '# of another language',
      'a\tb',
      'let é = 1',
      '',
    ]
    const train = code
      .split('\n')
      .flatMap((line, i) => (i % 4 === 3 ? [line, others[(i >> 2) % others.length]] : [line]))
      .join('\n')
    const mixed = createTask('edit', { length: 80, lines: 3 }, 'sequence', { ...split, train })
    for (const example of examplesOf(mixed)) {
      const [instruction, ...lines] = mixed.text(example.tokens).split('→')[0].split('\n')
      for (const line of lines) expect(line).toMatch(/^let a\d+ = b \+ \d+$/)
      if (instruction.startsWith('insert')) expect(instruction).toMatch(/insert \d let a/)
    }
    const prose = { train: '# a\n# b\n# c\n'.repeat(30), validation: code, test: code }
    const none = createTask('edit', { length: 80, lines: 3 }, 'sequence', prose)
    expect(() => none.example(1, 'train', 0)).toThrow(/no 3 lines of code in a row/)
  })
  it('does what the instruction says', () => {
    const seen = new Set<string>()
    for (const example of examplesOf(task)) {
      const [condition, after] = task.text(example.tokens).replace('⏎', '').split('→')
      const [instruction, ...before] = condition.split('\n')
      const [kind, first, ...rest] = instruction.split(' ')
      seen.add(kind)
      const lines = after.split('\n')
      if (kind === 'delete') expect(lines).toEqual(before.filter((_, i) => i !== Number(first) - 1))
      if (kind === 'insert') {
        const at = Number(first)
        expect(lines).toEqual([...before.slice(0, at), rest.join(' '), ...before.slice(at)])
      }
      if (kind === 'rename') {
        const parts = /\w+|\W/g
        const renamed = before
          .join('\n')
          .match(parts)
          ?.map((part) => (part === first ? rest[0] : part))
        expect(after).toBe(renamed?.join(''))
        expect(after).not.toBe(before.join('\n'))
      }
    }
    expect([...seen].sort()).toEqual(['delete', 'insert', 'rename'])
  })
  it('counts a change outside of the region', () => {
    const one = createTask('edit', { length: 80, lines: 3, kinds: ['delete'] }, 'sequence', split)
    const example = one.example(1, 'train', 0)
    const written = example.tokens.slice()
    written[example.given.indexOf(0)] = one.alphabet.indexOf('!')
    expect(one.verify(example, written)).toEqual({ correct: false, parts: { outside: 0.5 } })
  })
  it('says when a text has nothing to edit', () => {
    const none = { train: 'x\n', validation: 'x\n', test: 'x\n' }
    expect(() => createTask('edit', {}, 'sequence', none).example(1, 'train', 0)).toThrow(/found no 4 lines/)
  })
})

describe('errors', () => {
  it('names a text that is missing, too short, or of another alphabet', () => {
    expect(() => createTask('infill')).toThrow(/task 'infill' cuts its rows from a text; name one/)
    const short = createTask('infill', {}, 'canvas', { train: 'abc', validation: '', test: '' })
    expect(() => short.example(1, 'train', 0)).toThrow(/has 3 characters, fewer than a row's 64/)
    const upper = createTask('correction', {}, 'canvas', { ...texts, train: text.toUpperCase() })
    expect(() => upper.example(1, 'train', 0)).toThrow(
      /has no symbol for "[A-Z]" in its alphabet; take the view/,
    )
    expect(() => createTask('infill', { gaps: [64] }, 'canvas', texts)).toThrow(
      /every gap must leave a character/,
    )
    expect(() => createTask('correction', { errors: [65] }, 'canvas', texts)).toThrow(/no row has so many/)
  })
})
