import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@trivium/schema'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findCompiler } from './addon.ts'
import { checkMachine, freeMegabytes, install, nodeIsOld, remove } from './install.ts'
import { planFor } from './plan.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trivium-install-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})
const plan = planFor('native', 'linux', 'x64')
const tools = { compiler: 'c++', pip: null }

describe('what the machine must have', () => {
  it('a compiler, by name', () => {
    vi.stubEnv('PATH', root)
    vi.stubEnv('CXX', 'my-c++')
    expect(findCompiler).toThrow(InputError)
    expect(findCompiler).toThrow(/no C\+\+ compiler \(tried my-c\+\+, c\+\+, g\+\+, clang\+\+\); install one/)
    expect(() => checkMachine(plan, root)).toThrow(/npm is not installed/)
  })

  it('a Node that the repository runs on', () => {
    expect(['18.20.4', '20.18.9', '20.19.0', '22.1.0'].map(nodeIsOld)).toEqual([true, true, false, false])
  })

  it('room, measured on the disk where the folder will be', () => {
    const free = freeMegabytes(join(root, 'not', 'there', 'yet'))
    expect(Math.abs(free - freeMegabytes(root))).toBeLessThan(1000)
    vi.stubEnv('CXX', process.execPath)
    const error = (() => checkMachine({ ...plan, peakMb: 1e12 }, root)) as () => void
    expect(error).toThrow(/MB free and the installation needs 1000000000000 MB; make room first/)
  })
})

describe('install', () => {
  it('leaves nothing behind when a step fails, and says which', async () => {
    vi.stubEnv('PATH', root)
    const told: string[] = []
    await expect(install(plan, tools, root, (line) => told.push(line))).rejects.toThrow(
      'npm could not fetch @tensorflow/tfjs-node@4.22.0 (npm is not installed)',
    )
    expect(told).toEqual(['npm package @tensorflow/tfjs-node@4.22.0'])
    expect(existsSync(join(root, 'native.partial'))).toBe(false)
  })

  it('waits for no other installation, and takes over from one that died', async () => {
    const partial = join(root, 'native.partial')
    mkdirSync(partial)
    writeFileSync(join(partial, 'pid'), String(process.pid))
    await expect(install(plan, tools, root, () => {})).rejects.toThrow(
      `process ${process.pid} is installing the native engine; wait for it`,
    )
    expect(existsSync(partial)).toBe(true)
    // Above the largest process number of Linux.
    writeFileSync(join(partial, 'pid'), '4194999')
    vi.stubEnv('PATH', root)
    await expect(install(plan, tools, root, () => {})).rejects.toThrow(/npm could not fetch/)
    expect(existsSync(partial)).toBe(false)
  })

  it('is removed whole, once', () => {
    const folder = join(root, 'native')
    mkdirSync(folder)
    writeFileSync(join(folder, 'lib.so'), Buffer.alloc(3_000_000))
    expect(remove(root)).toBe(3)
    expect(remove(root)).toBeNull()
  })
})
