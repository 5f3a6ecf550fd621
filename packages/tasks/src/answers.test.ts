import { describe, expect, it } from 'vitest'
import { createTask, type Example, type Task } from './index.ts'

/** The example of a condition and its answer, as the task would encode them. */
function exampleOf(task: Task, text: string, conditionLength: number, width: number): Example {
  const tokens = new Int32Array(task.length).fill(task.pad)
  const given = new Uint8Array(task.length)
  const start = width - conditionLength
  given.fill(1, 0, width)
  for (let i = 0; i < text.length; i++) tokens[start + i] = task.alphabet.indexOf(text[i])
  if (task.ends) tokens[start + text.length] = task.eos
  return { tokens, given }
}

describe('addition', () => {
  const task = createTask('addition', { digits: 3 })
  it.each([
    ['999+001=', '1000', 3],
    ['123+456=', '0579', 0],
    ['250+160=', '0410', 1],
  ])('%s%s has a carry chain of %i', (condition, answer, chain) => {
    const example = exampleOf(task, condition + answer, condition.length, condition.length)
    expect(task.verify(example, example.tokens).correct).toBe(true)
    expect(task.difficulty(example)).toBe(chain)
  })

  it('every example is a true sum', () => {
    for (let i = 0; i < 50; i++) {
      const text = task.text(task.example(1, 'train', i).tokens)
      const [a, b, sum] = text.split(/[+=]/).map(Number)
      expect(a + b).toBe(sum)
    }
  })
})

describe('records', () => {
  it('renders the levels', () => {
    const text = (level: number): string => {
      const task = createTask('records', { level })
      return task.text(task.example(1, 'test', 0).tokens)
    }
    expect(text(1)).toMatch(/^\w{4}\|\d{4}\|\d\|\d+>\{"id":\d{4},"name":"\w{4}","qty":\d,"unit":\d+\}⏎$/)
    expect(text(2)).toMatch(/,"total":\d+,"check":\d\}⏎$/)
    expect(text(3)).toMatch(/"items":\[\{"qty":\d,"unit":\d+\}.*\],"total":\d+\}⏎$/)
  })

  it.each([1, 2, 3])('level %i: the answer follows from the condition', (level) => {
    const task = createTask('records', { level })
    for (let i = 0; i < 50; i++) {
      const [condition, json] = task
        .text(task.example(1, 'train', i).tokens)
        .slice(0, -1)
        .split('>')
      const [name, id, ...numbers] = condition.split(/[|,]/)
      const value = JSON.parse(json)
      const items = value.items ?? [value]
      expect([value.name, String(value.id)]).toEqual([name, id])
      expect(items.flatMap((x: { qty: number; unit: number }) => [x.qty, x.unit])).toEqual(
        numbers.map(Number),
      )
      if (level > 1)
        expect(value.total).toBe(
          items.reduce((sum: number, x: { qty: number; unit: number }) => sum + x.qty * x.unit, 0),
        )
      if (level === 2) expect(value.check).toBe([...id].reduce((sum, d) => sum + Number(d), 0) % 10)
    }
  })

  it('counts fields and JSON apart from the exact match', () => {
    const task = createTask('records')
    const example = task.example(1, 'test', 3)
    const spoil = (from: string, to: string): Int32Array => {
      const written = example.tokens.slice()
      const at = task.text(example.tokens).indexOf(from, task.text(example.tokens).indexOf('{'))
      const start =
        task.length -
        example.tokens
          .slice()
          .reverse()
          .findIndex((t) => t === task.eos) -
        1
      const offset = start - (task.text(example.tokens).length - 1)
      written[offset + at] = task.alphabet.indexOf(to)
      return written
    }
    expect(task.verify(example, spoil('{', '}'))).toEqual({ correct: false, parts: { json: 0, fields: 0 } })
    const { correct, parts } = task.verify(example, spoil('qty', 'x'))
    expect([correct, parts.json, parts.fields]).toEqual([false, 1, 0.75])
  })

  it('reads nothing behind the first EOS', () => {
    const task = createTask('records')
    const example = task.example(1, 'test', 0)
    const written = example.tokens.slice()
    written.fill(0, written.indexOf(task.eos) + 1)
    expect(task.verify(example, written).correct).toBe(true)
  })
})

describe('brackets', () => {
  it('closes what is open, innermost first', () => {
    const task = createTask('brackets', { pairs: 5, types: 3 })
    for (let i = 0; i < 30; i++) {
      let text = task.text(task.example(1, 'train', i).tokens).replace(/[|⏎]/g, '')
      for (let before = ''; before !== text; ) {
        before = text
        text = text.replace(/\(\)|\[\]|\{\}/g, '')
      }
      expect(text).toBe('')
    }
  })
})

describe('shuffle', () => {
  it('takes any order of the letters, and counts those that are there', () => {
    const task = createTask('shuffle', { length: 4, letters: 4 })
    const example = task.example(1, 'train', 0)
    const written = example.tokens.slice()
    written.set(written.slice(5).reverse(), 5)
    expect(task.verify(example, written)).toEqual({ correct: true, parts: { letters: 1 } })
  })
})
