import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkFolder } from './place.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'place-'))
})
afterEach(() => rmSync(root, { recursive: true }))

it('accepts a folder and one that is yet to be made, and makes nothing', () => {
  checkFolder(root)
  checkFolder(join(root, 'deep', 'er'))
  expect(readdirSync(root)).toEqual([])
})

it('refuses a file, a place below a file, and a name that no file system takes', () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'below'), join(file, 'deep', 'er')]) {
    expect(() => checkFolder(path)).toThrow(InputError)
    expect(() => checkFolder(path)).toThrow(
      `${path} cannot be a folder: ${file} is a file; choose another place`,
    )
  }
  expect(() => checkFolder(join(root, 'x'.repeat(300)))).toThrow(/nothing can be written to .*ENAMETOOLONG/)
  expect(() => checkFolder(`${root}/a\0b`)).toThrow(InputError)
})

// root may write anywhere, but not on a read-only file system; others are held by permissions.
const isRoot = process.getuid?.() === 0
it.skipIf(isRoot)('refuses a folder without permission', () => {
  const closed = join(root, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o500)
  expect(() => checkFolder(join(closed, 'run'))).toThrow(
    /nothing can be written to .*run \(EACCES at .*closed\)/,
  )
})
it.runIf(isRoot && existsSync('/bin/mount'))('refuses a read-only file system', () => {
  const mounted = join(root, 'mounted')
  mkdirSync(mounted)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', mounted], { stdio: 'ignore' })
  } catch {
    // Without the right to mount there is nothing to try.
    return
  }
  try {
    expect(() => checkFolder(join(mounted, 'run'))).toThrow(
      /nothing can be written to .*run \(EROFS at .*mounted\)/,
    )
  } finally {
    execFileSync('umount', [mounted])
  }
})
