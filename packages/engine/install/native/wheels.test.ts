import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Wheel } from './plan.ts'
import { planFor } from './plan.ts'
import { tellingLine } from './shell.ts'
import { downloadWheel } from './wheels.ts'

const folder = mkdtempSync(join(tmpdir(), 'trivium-wheels-'))
const bytes = 'a wheel'
const file = 'demo_lib-1.0-py3-none-any.whl'
const wheel: Wheel = {
  project: 'demo-lib',
  version: '1.0',
  file,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  keep: /./,
}

/** A simple index as PEP 503 wants it, with a relative link, an escaped one and a file of a longer name. */
let login: string | undefined
const server = createServer((request, response) => {
  login = request.headers.authorization
  if (request.url === '/simple/demo-lib/')
    response.end(
      `<a href="../../f/x-${file}">x</a><a data-yanked href='../../f/${file}?a=1&amp;b=2#sha256=00'>d</a>`,
    )
  else if (request.url === '/simple/other/')
    response.end('<a href="../../f/other-2.0-py3-none-any.whl">o</a>')
  else if (request.url === `/f/${file}?a=1&b=2`) response.end(bytes)
  else response.writeHead(404).end()
})
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  vi.stubEnv('PIP_INDEX_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`)
})
afterEach(() => rmSync(join(folder, file), { force: true }))
afterAll(() => {
  vi.unstubAllEnvs()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('downloadWheel without pip', () => {
  it('reads the index and checks the digest', async () => {
    expect(readFileSync(await downloadWheel(wheel, folder, null), 'utf8')).toBe(bytes)
    await expect(downloadWheel({ ...wheel, sha256: 'ab' }, folder, null)).rejects.toThrow(
      /demo_lib-1\.0-py3-none-any\.whl has SHA-256 [0-9a-f]{64}, wanted ab; nothing was installed/,
    )
  })

  it('gives the index its password', async () => {
    const index = new URL(process.env.PIP_INDEX_URL as string)
    Object.assign(index, { username: 'me', password: 'a%40b' })
    vi.stubEnv('PIP_INDEX_URL', index.href)
    await downloadWheel(wheel, folder, null)
    expect(login).toBe(`Basic ${Buffer.from('me:a@b').toString('base64')}`)
    vi.stubEnv('PIP_INDEX_URL', index.href.replace('me:a%40b@', ''))
    await downloadWheel(wheel, folder, null)
    expect(login).toBeUndefined()
  })

  it('names what the index does not have, and an index that is not there', async () => {
    await expect(downloadWheel({ ...wheel, project: 'absent' }, folder, null)).rejects.toThrow(
      /\/simple\/absent\/ answered 404/,
    )
    await expect(downloadWheel({ ...wheel, project: 'other' }, folder, null)).rejects.toThrow(
      /does not list demo_lib-1\.0/,
    )
    vi.stubEnv('PIP_INDEX_URL', 'http://user:secret@127.0.0.1:1/simple')
    const error = (await downloadWheel(wheel, folder, null).catch((e: unknown) => e)) as Error
    expect(error.message).toMatch(/127\.0\.0\.1:1\/simple\/demo-lib\/ is not reachable/)
    expect(error.message).not.toContain('secret')
  })

  it('says in one line what a pip that fails said', async () => {
    const pip = [
      process.execPath,
      '-e',
      'console.error("WARNING: x\\nERROR: no route"); process.exit(1)',
      '--',
    ]
    await expect(downloadWheel(wheel, folder, pip)).rejects.toThrow(
      'pip could not download demo-lib 1.0 (exit 1: ERROR: no route)',
    )
  })
})

describe('plan', () => {
  it('has a library for Linux, with CUDA on x64 alone, and refuses the rest by name', () => {
    expect(planFor('native', 'linux', 'x64').wheels.map(({ project }) => project)).toEqual(['tensorflow-cpu'])
    expect(planFor('native', 'linux', 'arm64').wheels[0].file).toContain('aarch64')
    expect(planFor('cuda', 'linux', 'x64').wheels.map(({ project }) => project)).toContain(
      'nvidia-cudnn-cu12',
    )
    expect(() => planFor('native', 'darwin', 'arm64')).toThrow(
      /covers Linux on x64 and arm64, and this is darwin-arm64/,
    )
    expect(() => planFor('cuda', 'linux', 'arm64')).toThrow(/covers Linux on x64, and this is linux-arm64/)
  })

  it('names each wheel by its project and version, and pins its digest', () => {
    for (const { project, version, file: name, sha256 } of planFor('cuda', 'linux', 'x64').wheels) {
      expect(name.startsWith(`${project.replaceAll('-', '_')}-${version}-`)).toBe(true)
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    }
  })
})

describe('tellingLine', () => {
  it('prefers the line that names an error to the last one', () => {
    expect(tellingLine('a.cc:1: fatal error: x.h: No such file\ncompilation terminated.\n')).toMatch(
      /fatal error/,
    )
    expect(tellingLine('first\nlast\n\n')).toBe('last')
    expect(tellingLine(' \n')).toBeUndefined()
  })
})
