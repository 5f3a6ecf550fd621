/**
 * @file Downloads a wheel: by pip where there is one, for it knows the user's index, proxy and certificates; else
 * straight from the simple index (PEP 503), so that nobody needs Python for this.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RuntimeFailure } from '@trivium/schema'
import type { Wheel } from './plan.ts'
import { programWorks, runProgram } from './shell.ts'

/** How to call pip here, or null. */
export function findPip(): string[] | null {
  const calls = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']]
  return calls.find(([program, ...args]) => programWorks(program, [...args, '--version'])) ?? null
}

/** PIP_INDEX_URL is what pip itself reads; without it, the public index. */
export const simpleIndex = (): string => process.env.PIP_INDEX_URL ?? 'https://pypi.org/simple'

/**
 * Puts the wheel into `folder`, checked against its SHA-256.
 * @param pip how to call pip; null: the index is read directly.
 * @returns the path of the file.
 * @throws RuntimeFailure when it cannot be had, or is another file than planned.
 */
export async function downloadWheel(wheel: Wheel, folder: string, pip: string[] | null): Promise<string> {
  const target = join(folder, wheel.file)
  if (pip === null) await downloadFromIndex(wheel, target, simpleIndex())
  else downloadByPip(wheel, folder, pip)
  await checkDigest(target, wheel.sha256)
  return target
}

function downloadByPip(wheel: Wheel, folder: string, [program, ...args]: string[]): void {
  // The wheel's own tags, as this machine's Python may be of another version.
  const [, python, abi, platforms] = /-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(wheel.file) as string[]
  const { ok, reason } = runProgram(program, [
    ...args,
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--no-cache-dir',
    '--dest',
    folder,
    '--implementation',
    'cp',
    '--python-version',
    python === 'py3' ? '3.11' : python.slice(2),
    ...(abi === 'none' ? [] : ['--abi', abi]),
    ...platforms.split('.').flatMap((platform) => ['--platform', platform]),
    `${wheel.project}==${wheel.version}`,
  ])
  if (!ok) throw new RuntimeFailure(`pip could not download ${wheel.project} ${wheel.version} (${reason})`)
}

/** @throws RuntimeFailure when the index does not answer or does not list the file. */
export async function downloadFromIndex(wheel: Wheel, target: string, index: string): Promise<void> {
  const base = index.endsWith('/') ? index : `${index}/`
  const page = await get(new URL(`${wheel.project}/`, base), 'text/html')
  const links = (await page.text()).matchAll(/<a\b[^>]*?\bhref\s*=\s*["']([^"']+)["']/gi)
  const addresses = [...links].map(([, href]) => new URL(href.replaceAll('&amp;', '&'), page.url))
  const address = addresses.find(({ pathname }) => decodeURIComponent(pathname).endsWith(`/${wheel.file}`))
  if (address === undefined) throw new RuntimeFailure(`${base}${wheel.project}/ does not list ${wheel.file}`)
  const { origin, username, password } = new URL(base)
  if (address.origin === origin) Object.assign(address, { username, password })
  const { body } = await get(address, '*/*')
  try {
    await pipeline(
      Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(target),
    )
  } catch (error) {
    throw new RuntimeFailure(`the download of ${wheel.file} broke off: ${(error as Error).message}`)
  }
}

async function get(address: URL, accept: string): Promise<Response> {
  // An index's address may hold a password: fetch wants it apart, and no message shows it.
  const { username, password } = address
  const bare = new URL(address)
  bare.username = bare.password = ''
  const shown = `${bare.origin}${bare.pathname}`
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  )
  const headers: Record<string, string> =
    username === '' ? { accept } : { accept, authorization: `Basic ${login}` }
  let response: Response
  try {
    response = await fetch(bare, { headers })
  } catch (error) {
    const { cause, message } = error as Error
    throw new RuntimeFailure(
      `${shown} is not reachable (${cause instanceof Error ? cause.message : message}); with pip, or PIP_INDEX_URL, another index can be used`,
    )
  }
  if (!response.ok) throw new RuntimeFailure(`${shown} answered ${response.status} ${response.statusText}`)
  return response
}

/** @throws RuntimeFailure when the file is not the planned one. */
export async function checkDigest(file: string, sha256: string): Promise<void> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(file), hash)
  } catch (error) {
    throw new RuntimeFailure(`the download left no readable file: ${(error as Error).message}`)
  }
  const found = hash.digest('hex')
  if (found !== sha256)
    throw new RuntimeFailure(`${file} has SHA-256 ${found}, wanted ${sha256}; nothing was installed`)
}
