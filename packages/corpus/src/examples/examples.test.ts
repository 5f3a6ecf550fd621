import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@trivium/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createExampleBatcher } from './batches.ts'
import type { ExampleSet } from './example-set.ts'
import { encodeExamples, loadExampleFile } from './file.ts'
import { parseExampleLine } from './lines.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'examples-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, lines: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )
  return path
}
/** Code points as ids: EOS and PAD stand above them. */
const tokenizer = {
  encode: (text: string) => Int32Array.from([...text], (c) => c.codePointAt(0) as number),
  vocabulary: { eos: 0x110000, pad: 0x110001 },
}
const sums = Array.from({ length: 200 }, (_, i) => ({ prompt: `${i}+1=`, answer: `${i + 1}` }))

describe('parseExampleLine', () => {
  it('reads pairs and spans, counted in code points', () => {
    expect(parseExampleLine('{"prompt":"🦊a","answer":"b"}', 'x:1')).toEqual({
      text: '🦊ab',
      given: [true, true, false],
    })
    expect(parseExampleLine('{"text":"🦊abc","given":[[0,1],[3,4]]}', 'x:1')).toEqual({
      text: '🦊abc',
      given: [true, false, false, true],
    })
  })

  it.each([
    ['{"prompt":"a"', /^x:7 is not JSON/],
    ['{"prompt":"a"}', /^x:7 is not valid: answer/],
    ['{"prompt":"a","answer":""}', /^x:7 is not valid: answer/],
    ['{"prompt":"a","answer":"b","weight":1}', /^x:7 is not valid: .*weight/],
    ['{"text":"ab","given":[[0,3]]}', /^x:7: given range \[0, 3\] does not lie in its text of 2/],
    ['{"text":"ab","given":[[0,2]]}', /^x:7: everything is given/],
    ['null', /^x:7 is not valid/],
    ['[1]', /^x:7 is not valid/],
  ])('refuses %s in one line with its place', (line, message) => {
    expect(() => parseExampleLine(line, 'x:7')).toThrow(InputError)
    expect(() => parseExampleLine(line, 'x:7')).toThrow(message)
    expect(() => parseExampleLine(line, 'x:7')).toThrow(/^[^\n]*$/)
  })
})

describe('example files', () => {
  it('may begin with a byte-order mark, hold a very long line, and many lines', async () => {
    const long = { prompt: 'x'.repeat(200_000), answer: 'y' }
    const lines = [`\ufeff${JSON.stringify(sums[0])}`, ...sums.slice(1), long]
    const set = encodeExamples(await loadExampleFile(file('long.jsonl', lines)), tokenizer)
    expect(set.length).toBe(200_002)
    const given = [true, false]
    const many = Array.from({ length: 130_000 }, (_, i) => ({
      text: `${String.fromCodePoint(65 + (i % 64))}y`,
      given,
    }))
    const whole = { name: 'many', sha256: '', trainText: '', examples: many }
    expect(encodeExamples(whole, tokenizer).length).toBe(3)
  })

  it('become rows of one length with EOS and PAD, split by what is asked', async () => {
    const set = encodeExamples(await loadExampleFile(file('sums.jsonl', sums)), tokenizer)
    expect(set.length).toBe('199+1=200'.length + 1)
    const { eos, pad } = tokenizer.vocabulary
    const questions = (['train', 'validation', 'test'] as const).map((split) =>
      Array.from({ length: set.count(split) }, (_, i) => {
        const { tokens, given } = set.example(split, i)
        const end = tokens.indexOf(eos)
        expect(Array.from(tokens.slice(end + 1)).every((t) => t === pad)).toBe(true)
        expect(given.slice(end).includes(1)).toBe(false)
        const text = Array.from(tokens.slice(0, end), (t) => String.fromCodePoint(t)).join('')
        const [a, b] = text.split('+1=').map(Number)
        expect(b).toBe(a + 1)
        expect(text[given.lastIndexOf(1)]).toBe('=')
        return a
      }),
    )
    expect(questions.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i))
    for (const split of questions) expect(split.length).toBeGreaterThan(3)
  })

  it('keep one question out of two splits, whatever its answers', async () => {
    const twice = [...sums, ...sums.map(({ prompt }) => ({ prompt, answer: 'x' }))]
    const set = encodeExamples(await loadExampleFile(file('twice.jsonl', twice)), tokenizer)
    const asked = (split: 'train' | 'test'): Set<string> =>
      new Set(
        Array.from({ length: set.count(split) }, (_, i) => {
          const { tokens, given } = set.example(split, i)
          return tokens.slice(0, given.lastIndexOf(1) + 1).join()
        }),
      )
    expect([...asked('test')].filter((question) => asked('train').has(question))).toEqual([])
  })

  it('name file and line, or what is missing', async () => {
    const broken = file('broken.jsonl', [...sums.slice(0, 3), '{"prompt":1}'])
    await expect(loadExampleFile(broken)).rejects.toThrow(/broken\.jsonl:4 is not valid: prompt/)
    await expect(loadExampleFile(join(folder, 'none.jsonl'))).rejects.toThrow(/ENOENT.*check the path/)
    await expect(loadExampleFile(file('few.jsonl', sums.slice(0, 2)))).rejects.toThrow(
      /has 2 examples, .* split/,
    )
    await expect(loadExampleFile(file('empty.jsonl', []))).rejects.toThrow(/has 0 examples/)
  })
})

describe('createExampleBatcher', () => {
  const row = (value: number) => ({ tokens: Int32Array.of(value, value), given: Uint8Array.of(1, 0) })
  const set = (count: number): ExampleSet => ({
    name: 'x',
    sha256: '',
    length: 2,
    count: () => count,
    example: (_, index) => row(index),
  })

  it('draws a task in order, and a pure function of the index', () => {
    const batcher = createExampleBatcher(set(Number.POSITIVE_INFINITY), { batchSize: 3, seed: 1 })
    expect(batcher.batch(2)).toEqual({
      tokens: Int32Array.of(6, 6, 7, 7, 8, 8),
      given: Uint8Array.of(1, 0, 1, 0, 1, 0),
      batch: 3,
      length: 2,
    })
  })

  it('meets every row of a file once an epoch, in an order of the seed', () => {
    const rowsOf = (seed: number): number[] => {
      const batcher = createExampleBatcher(set(5), { batchSize: 5, seed })
      return [0, 1].flatMap((index) => Array.from(batcher.batch(index).tokens).filter((_, i) => i % 2 === 0))
    }
    const rows = rowsOf(1)
    for (const epoch of [rows.slice(0, 5), rows.slice(5)]) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4])
    expect(rows.slice(0, 5)).not.toEqual(rows.slice(5))
    expect(rowsOf(2)).not.toEqual(rows)
    const batcher = createExampleBatcher(set(5), { batchSize: 2, seed: 1 })
    const later = batcher.batch(4)
    batcher.batch(0)
    expect(batcher.batch(4)).toEqual(later)
  })
})
