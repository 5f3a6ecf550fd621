import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError, RuntimeFailure } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkFile, writeAtomically } from './index.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atomic-'))
})
afterEach(() => rmSync(root, { recursive: true }))

it('replaces a file and leaves nothing beside it', () => {
  const path = join(root, 'deep', 'a.txt')
  writeAtomically(path, 'one')
  writeAtomically(path, 'two')
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(readdirSync(join(root, 'deep'))).toEqual(['a.txt'])
})

it('writes to where a link points, and the link stays', () => {
  const [target, link] = [join(root, 'target'), join(root, 'link')]
  writeFileSync(target, 'one')
  symlinkSync('target', link)
  writeAtomically(link, 'two')
  expect(readFileSync(target, 'utf8')).toBe('two')
  expect(readlinkSync(link)).toBe('target')
})

it('tells in one line what the file system refuses', () => {
  writeFileSync(join(root, 'file'), '')
  for (const path of [join(root, 'file', 'below'), join(root, 'x'.repeat(300)), root]) {
    expect(() => writeAtomically(path, 'x')).toThrow(RuntimeFailure)
    expect(() => checkFile(path)).toThrow(InputError)
  }
  expect(readdirSync(root)).toEqual(['file'])
})

it.runIf(existsSync('/proc/self'))('ends where no folder can be made', () => {
  expect(() => writeAtomically('/proc/nowhere/deep/x', 'x')).toThrow(/could not be written \(ENOENT\)/)
})

const posix = process.platform !== 'win32'
it.runIf(posix)('goes into a named pipe, which stays one', async () => {
  const pipe = join(root, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] })
  let read = ''
  reader.stdout.setEncoding('utf8').on('data', (text: string) => (read += text))
  const text = `${'x'.repeat(200_000)}\n`
  checkFile(pipe)
  writeAtomically(pipe, text)
  await new Promise((resolve) => reader.on('close', resolve))
  expect(read).toBe(text)
  expect(lstatSync(pipe).isFIFO()).toBe(true)
  expect(readdirSync(root)).toEqual(['pipe'])
})

it.runIf(existsSync('/dev/null'))('goes into a device', () => {
  writeAtomically('/dev/null', 'x')
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

it.runIf(existsSync('/dev/full'))('says that a device is full', () => {
  expect(() => writeAtomically('/dev/full', 'x')).toThrow(
    /^the disk is full: \/dev\/full could not be written/,
  )
})

it.runIf(existsSync('/dev/fd'))('goes behind what an open file holds already', async () => {
  const path = join(root, 'log')
  const file = await open(path, 'a')
  try {
    await file.write('before\n')
    writeAtomically(`/dev/fd/${file.fd}`, 'after\n')
    await file.write('end\n')
  } finally {
    await file.close()
  }
  expect(readFileSync(path, 'utf8')).toBe('before\nafter\nend\n')
  expect(readdirSync(root)).toEqual(['log'])
})
