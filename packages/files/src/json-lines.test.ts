import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RuntimeFailure } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appendJsonLine, readJsonLines } from './json-lines.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'json-lines-'))
})
afterEach(() => rmSync(root, { recursive: true }))

it('loses only the torn line of a JSONL file', () => {
  const path = join(root, 'deep', 'metrics.jsonl')
  appendJsonLine(path, { step: 1 })
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"step":2,"lo`)
  expect(readJsonLines(readFileSync(path, 'utf8'))).toEqual([{ step: 1 }])
  appendJsonLine(path, { step: 3 })
  expect(readJsonLines(readFileSync(path, 'utf8'))).toEqual([{ step: 1 }, { step: 3 }])
})

// /dev/full answers every write with ENOSPC; only Linux has it.
it.runIf(existsSync('/dev/full'))('tells a full disk in one line', () => {
  expect(() => appendJsonLine('/dev/full', { step: 1 })).toThrow(RuntimeFailure)
  expect(() => appendJsonLine('/dev/full', { step: 1 })).toThrow(/^the disk is full: [^\n]*free some space/)
})
