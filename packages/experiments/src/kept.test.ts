import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RuntimeFailure } from '@trivium/schema'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { keep, readKept } from './kept.ts'

let path = ''
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), 'kept-')), 'x.json')
})
afterAll(() => rmSync(join(path, '..'), { recursive: true }))

const schema = z.strictObject({ bits: z.number() })

it('gives back what was kept under the same key alone', () => {
  expect(readKept(path, { a: 1 }, schema)).toBeNull()
  keep(path, { a: 1 }, schema, { bits: 2 })
  expect(readKept(path, { a: 1 }, schema)).toEqual({ bits: 2 })
  expect(readKept(path, { a: 2 }, schema)).toBeNull()
})

it('keeps nothing that could not be read again, and says which number it was', () => {
  expect(() => keep(path, 1, schema, { bits: Number.NaN })).toThrow(RuntimeFailure)
  expect(() => keep(path, 1, schema, { bits: Number.NaN })).toThrow(/x\.json cannot be written: bits: .*NaN$/)
})

it('counts a file that was torn or edited as none', () => {
  keep(path, 1, schema, { bits: 2 })
  const good = readFileSync(path, 'utf8')
  writeFileSync(path, `\ufeff${good}`)
  expect(readKept(path, 1, schema)).toEqual({ bits: 2 })
  const { key } = JSON.parse(good) as { key: string }
  const edits = [
    null,
    [],
    'x',
    { key },
    { key, value: null },
    { key, value: {} },
    { key, value: { bits: null } },
  ]
  for (const text of [good.slice(0, -4), '', ...edits.map((edit) => JSON.stringify(edit))]) {
    writeFileSync(path, text)
    expect(readKept(path, 1, schema), text).toBeNull()
  }
})
