import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createTask, registerTask, type TaskFamily, taskSummaries } from './index.ts'

const parity: TaskFamily<object, string> = {
  name: 'parity',
  version: 1,
  meaning: 'whether the ones are even',
  options: z.strictObject({}),
  renderings: ['sequence'],
  alphabet: () => '01>eo',
  shape: () => ({ condition: 7, answer: 1, ends: false }),
  draw: (rng) => Array.from(rng.uniforms(6), (u) => (u < 0.5 ? '0' : '1')).join(''),
  solution: (bits) => bits,
  row(bits) {
    const answer = [...bits].filter((bit) => bit === '1').length % 2 === 0 ? 'e' : 'o'
    return { text: `${bits}>${answer}`, given: [...`${bits}>`, ''].map((symbol) => symbol !== '') }
  },
  verify: ({ text }, answer) => ({ correct: text.endsWith(answer), parts: {} }),
  difficulty: () => 0,
}

describe('registerTask', () => {
  it('puts a task of one’s own beside the others, with what it came from', () => {
    expect(() => createTask('parity')).toThrow(/no task 'parity'; .*your own with --include FILE/)
    expect(registerTask(parity, 'aa')).toBe('parity')
    const task = createTask('parity')
    const example = task.example(1, 'train', 0)
    expect(task.verify(example, example.tokens).correct).toBe(true)
    expect(taskSummaries().find(({ name }) => name === 'parity')).toMatchObject({
      source: 'aa',
      needsText: false,
    })
    // The same file may be included twice, another one may not take the name.
    expect(registerTask(parity, 'aa')).toBe('parity')
    expect(() => registerTask(parity, 'bb')).toThrow(/'parity' is there already/)
  })
  it('refuses what is no task', () => {
    expect(() => registerTask({ ...parity, name: 'sudoku' }, 'aa')).toThrow(/'sudoku' is there already/)
    expect(() => registerTask({ ...parity, verify: undefined }, 'aa')).toThrow(
      /no task: verify \(function\) missing/,
    )
    expect(() => registerTask(null, 'aa')).toThrow(/exports no task: name \(string\), version/)
  })
})
