import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RuntimeFailure } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeAtomically, writeJson } from './atomic.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atomic-'))
})
afterEach(() => rmSync(root, { recursive: true }))

it('makes the folders, replaces the file and leaves nothing beside it', () => {
  const folder = join(root, 'a', 'b')
  writeAtomically(join(folder, 'x'), new Uint8Array([1, 2]))
  writeJson(join(folder, 'x'), { step: 1 })
  expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('{\n  "step": 1\n}\n')
  expect(readdirSync(folder)).toEqual(['x'])
})

const places: [string, () => string][] = [['below a file', () => join(root, 'file', 'deep', 'x')]]
// /proc takes no folder, and Node's recursive mkdir tries for ever there.
if (existsSync('/proc/self')) places.push(['in /proc', () => '/proc/nowhere/x'])

it.each(places)('tells in one line that no folder can be made %s', (_, place) => {
  writeFileSync(join(root, 'file'), '')
  const path = place()
  expect(() => writeAtomically(path, 'x')).toThrow(RuntimeFailure)
  expect(() => writeAtomically(path, 'x')).toThrow(/^[^\n]*x cannot be written \(E\w+\)[^\n]*choose another$/)
})
