/**
 * @file Dawn in `.cache/webgpu`, version and hash from dependencies/package-lock.json. A folder of its own: 51 MB of
 * download must not slow down an installation that never uses a GPU.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RuntimeFailure } from '@trivium/schema'
import { WEBGPU_FOLDER } from '../../src/node/webgpu.ts'

const here = dirname(fileURLToPath(import.meta.url))
const lock = 'package-lock.json'

/** Everything that this script installs lies here; deleting it removes it. */
export const webgpuFolder: string = WEBGPU_FOLDER

const dawnBuilds = join(webgpuFolder, 'node_modules/webgpu/dist')
/** dawn.node of macOS holds both architectures. */
const ownBuild = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`

/** Installs what is not there yet. @throws RuntimeFailure when npm fails or Dawn has no build for this machine. */
export function installWebgpu(): void {
  if (isInstalled()) return
  process.stdout.write(`installing Dawn into ${webgpuFolder} (51 MB of download)\n`)
  removeWebgpu()
  mkdirSync(webgpuFolder, { recursive: true })
  cpSync(join(here, 'dependencies/package.json'), join(webgpuFolder, 'package.json'))
  cpSync(join(here, 'dependencies', lock), join(webgpuFolder, lock))
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
  if (!existsSync(join(dawnBuilds, ownBuild)))
    throw new RuntimeFailure(
      `Dawn has no build for ${ownBuild} (it has ${readdirSync(dawnBuilds).join(', ')}); use another engine here`,
    )
  for (const build of readdirSync(dawnBuilds))
    if (build !== ownBuild) rmSync(join(dawnBuilds, build), { recursive: true })
}

export function removeWebgpu(): void {
  rmSync(webgpuFolder, { recursive: true, force: true })
}

/** Complete, and of the locked version. */
function isInstalled(): boolean {
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return (
    read(join(webgpuFolder, lock)) === read(join(here, 'dependencies', lock)) &&
    existsSync(join(dawnBuilds, ownBuild, 'dawn.node'))
  )
}

function npm(...argv: string[]): void {
  try {
    // Windows' npm is a batch file: only a shell runs it. The arguments are the constants above.
    execFileSync('npm', argv, { cwd: webgpuFolder, stdio: 'inherit', shell: process.platform === 'win32' })
  } catch (error) {
    throw new RuntimeFailure(
      `npm ${argv[0]} failed in ${webgpuFolder} (${String((error as Error).message).split('\n')[0]}); npm must be on the PATH and its registry reachable`,
    )
  }
}
