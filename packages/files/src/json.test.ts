import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readJsonIfWhole } from './index.ts'

let path = ''
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), 'json-')), 'x.json')
})
afterAll(() => rmSync(join(path, '..'), { recursive: true }))

it.each([
  ['{"a": 1}', { a: 1 }],
  ['\ufeff{"a": 1}', { a: 1 }],
  ['{"a": 1', null],
  ['', null],
])('reads %j as %j', (text, value) => {
  writeFileSync(path, text)
  expect(readJsonIfWhole(path)).toEqual(value)
})

it('has null for what is not there', () => {
  expect(readJsonIfWhole(join(path, 'nowhere'))).toBeNull()
})
