/** @file CSV survives a round trip through an independent reader, and runs no formula. */
import { expect, test } from 'vitest'
import { toCsv } from './csv.ts'

/** A small RFC 4180 reader. */
function read(text: string): string[][] {
  const rows: string[][] = [[]]
  let field = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c !== '"') field += c
      else if (text[i + 1] === '"') field += text[++i]
      else quoted = false
    } else if (c === '"') quoted = true
    else if (c === ',' || c === '\r') {
      rows[rows.length - 1].push(field)
      field = ''
    } else if (c === '\n') rows.push([])
    else field += c
  }
  return rows.slice(0, -1)
}

test('commas, quotes and line ends come back as they went in', () => {
  const rows = [
    ['a,b', 'say "x"', 'two\r\nlines'],
    ['', 'τ=0.9', ' plain '],
  ]
  expect(read(toCsv({ header: ['p', 'q', 'r'], rows }))).toEqual([['p', 'q', 'r'], ...rows])
})

test('numbers keep every digit; null is empty', () => {
  const text = toCsv({ header: ['x', 'y', 'z'], rows: [[0.1 + 0.2, null, -1e-9]] })
  expect(read(text)[1]).toEqual(['0.30000000000000004', '', '-1e-9'])
  expect(Number(read(text)[1][0])).toBe(0.1 + 0.2)
})

test('a text that a spreadsheet would run stays text', () => {
  expect(toCsv({ header: ['x'], rows: [['=1+1'], ['@sum'], ['+1']] })).toBe("x\r\n'=1+1\r\n'@sum\r\n'+1\r\n")
})
