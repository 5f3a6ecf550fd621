/** Real processes: each starter is one, and a lock of a killed one is a stale one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeJson } from './atomic.ts'
import { isLockEntry, isLocked, type Lock, lockFolder, lockFolders } from './lock.ts'
import { type ProcessIdentity, thisProcess } from './process.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const held = (folder: string) => (): Lock => lockFolder(folder)
/** A lock that another process left. */
function leave(folder: string, changes: Partial<ProcessIdentity>): void {
  writeJson(join(folder, '.lock-1', 'owner.json'), { owner: { ...thisProcess(), ...changes } })
}

it('holds until it is released, and leaves one entry', () => {
  const first = lockFolder(join(root, 'run'))
  expect(held(join(root, 'run'))).toThrow(`process ${process.pid} is working in ${join(root, 'run')}`)
  first.release()
  lockFolder(join(root, 'run')).release()
  expect(readdirSync(join(root, 'run'))).toEqual(['.lock-2'])
})

it('tells who looks whether it is held, and which files are its own', () => {
  const folder = join(root, 'run')
  expect(isLocked(folder)).toBe(false)
  const lock = lockFolder(folder)
  expect(isLocked(folder)).toBe(true)
  expect(readdirSync(folder).every(isLockEntry)).toBe(true)
  lock.release()
  expect(isLocked(folder)).toBe(false)
  leave(folder, { pid: 2 ** 22 + 1 })
  expect(isLocked(folder)).toBe(false)
  writeFileSync(join(root, 'file'), '')
  expect(isLocked(join(root, 'file'))).toBe(false)
  expect(isLockEntry('checkpoints')).toBe(false)
})

it('of several folders takes all or none', () => {
  const [a, b] = [join(root, 'a'), join(root, 'b')]
  const holder = lockFolder(b)
  expect(() => lockFolders([a, b])).toThrow(`is working in ${b}`)
  lockFolder(a).release()
  holder.release()
  lockFolders([a, b]).release()
})

it.each<[string, Partial<ProcessIdentity>]>([
  ['of a process that got the same id later', { startTicks: '1' }],
  ['of a process that has gone', { pid: 2 ** 22 + 1 }],
  ['from before the machine started anew', { boot: 'another' }],
])('takes over the lock %s', (_, changes) => {
  leave(root, changes)
  lockFolder(root).release()
  expect(readdirSync(root)).toEqual(['.lock-2'])
})

it.each<[string, Partial<ProcessIdentity>]>([
  ['container with this very process id', { pidNamespace: 'pid:[1]', startTicks: '1' }],
  ['host with this very process id', { host: 'elsewhere', boot: 'another', startTicks: '1' }],
])('respects the lock of another %s, and says how to be rid of it', (_, changes) => {
  leave(root, changes)
  expect(held(root)).toThrow(/of another host or container .* or remove .*\.lock-1 if it has ended/)
})

it('a lock that a crash of the machine tore is free', () => {
  mkdirSync(join(root, '.lock-1'))
  writeFileSync(join(root, '.lock-1', 'owner.json'), '{"own')
  lockFolder(root).release()
})

/** Locks each folder that it is told of at the same moment as the others, and holds it as long as it lives. */
const starter = `
import { lockFolder } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'lock.ts')).href)}
process.on('message', ({ folder, at }) => {
  while (Date.now() < at);
  let said = 'took'
  try { lockFolder(folder) } catch (error) { said = error.message }
  process.send(said)
})
process.send('ready')
`

function start(): ChildProcess {
  const source = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx')]
  return spawn(process.execPath, [...source, '--input-type=module', '--eval', starter], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

it('of 6 processes that start at once one gets the lock, 30 times, of which 15 are stale', {
  timeout: 60_000,
}, async () => {
  const children = Array.from({ length: 6 }, start)
  const heard = (): Promise<string[]> =>
    Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as string))
  try {
    await heard()
    for (let round = 0; round < 30; round++) {
      const folder = join(root, `${round}`)
      if (round % 2 === 1) leave(folder, { startTicks: '1' })
      const answers = heard()
      for (const child of children) child.send({ folder, at: Date.now() + 20 })
      const said = await answers
      expect(said.filter((word) => word === 'took')).toHaveLength(1)
      for (const word of said) expect(word).toMatch(/^took$|is working in/)
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
})

it('a killed process leaves a stale lock, even before anyone waited for it', async () => {
  const child = start()
  await once(child, 'message')
  child.send({ folder: root, at: 0 })
  expect(await once(child, 'message')).toContain('took')
  expect(held(root)).toThrow(`process ${child.pid} is working in`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  lockFolder(root).release()
})
