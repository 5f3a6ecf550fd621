/**
 * @file Installs and removes the native engine. Everything is made in `<kind>.partial` and renamed at the end, so an
 * interrupted installation is never taken for a whole one.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isAlive } from '@trivium/files'
import { InputError, RuntimeFailure } from '@trivium/schema'
import { MANIFEST_FILE, type NativeKind, type NativeManifest } from '../../src/node/native-addon.ts'
import { compileAddon, findCompiler, replaceUtil, unpackTarball } from './addon.ts'
import { type Plan, TENSORFLOW, tarballs } from './plan.ts'
import { programWorks } from './shell.ts'
import { downloadWheel, findPip, simpleIndex } from './wheels.ts'
import { extractZip } from './zip.ts'

export type Tools = { compiler: string; pip: string[] | null }

/**
 * What must hold before the first byte is fetched.
 * @throws InputError that names what is missing.
 */
export function checkMachine(plan: Plan, root: string): Tools {
  const old = nodeIsOld(process.versions.node)
  if (old) throw new InputError(`Node ${process.versions.node} is too old; 20.19 or newer is needed`)
  for (const program of ['npm', 'tar'])
    if (!programWorks(program))
      throw new InputError(`${program} is not installed; it is needed to fetch tfjs-node`)
  const compiler = findCompiler()
  if (process.arch === 'x64' && !hasAvx())
    throw new InputError(
      'this processor has no AVX, without which libtensorflow ends the process; use --engine wasm',
    )
  const freeMb = freeMegabytes(root)
  if (freeMb < plan.peakMb)
    throw new InputError(
      `${root} has ${freeMb} MB free and the installation needs ${plan.peakMb} MB; make room first`,
    )
  return { compiler, pip: findPip() }
}

export function nodeIsOld(version: string): boolean {
  const [major, minor] = version.split('.').map(Number)
  return major < 20 || (major === 20 && minor < 19)
}

function hasAvx(): boolean {
  try {
    return /^flags\s*:.*\bavx\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return true
  }
}

/** Of the file system that `folder` is, or will be, on. */
export function freeMegabytes(folder: string): number {
  let at = folder
  while (!existsSync(at)) at = dirname(at)
  const { bavail, bsize } = statfsSync(at)
  return Math.floor((bavail * bsize) / 1e6)
}

/** Replaces whatever there was of this kind. `tell` gets one line a step. */
export async function install(
  plan: Plan,
  tools: Tools,
  root: string,
  tell: (line: string) => void,
): Promise<void> {
  const partial = claim(plan.kind, root)
  try {
    const downloads = join(partial, 'build')
    for (const tarball of tarballs) {
      tell(`npm package ${tarball.spec}`)
      await unpackTarball(tarball, partial, downloads)
    }
    const files: string[] = []
    for (const wheel of plan.wheels) {
      tell(`wheel ${wheel.file} (${tools.pip?.join(' ') ?? new URL(simpleIndex()).origin})`)
      const archive = await downloadWheel(wheel, downloads, tools.pip)
      files.push(...(await extractZip(archive, partial, wheel.keep)))
      rmSync(archive)
    }
    tell(`addon, by ${tools.compiler}`)
    replaceUtil(join(partial, 'dist'))
    compileAddon(partial, tools.compiler)
    for (const scrap of ['build', 'binding', 'scripts', 'src', 'python', 'tensorflow/include', 'pid'])
      rmSync(join(partial, scrap), { recursive: true, force: true })
    const needed = [
      'tfjs_binding.node',
      'dist/register_all_kernels.js',
      ...files.filter((f) => !f.endsWith('.h')),
    ]
    writeManifest(partial, needed)
    rmSync(join(root, plan.kind), { recursive: true, force: true })
    renameSync(partial, join(root, plan.kind))
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC') throw new RuntimeFailure(`the disk of ${root} is full; nothing was installed`)
    throw code === undefined ? error : new RuntimeFailure(`${message}; nothing was installed`)
  }
}

/** The folder to build in; one installation of a kind at a time. */
function claim(kind: NativeKind, root: string): string {
  const partial = join(root, `${kind}.partial`)
  const pid = existsSync(join(partial, 'pid')) ? Number(readFileSync(join(partial, 'pid'), 'utf8')) : 0
  if (pid > 0 && isAlive(pid))
    throw new InputError(`process ${pid} is installing the ${kind} engine; wait for it`)
  rmSync(partial, { recursive: true, force: true })
  try {
    mkdirSync(join(partial, 'build'), { recursive: true })
  } catch (error) {
    throw new InputError(`${root} cannot be written: ${(error as Error).message}`)
  }
  writeFileSync(join(partial, 'pid'), String(process.pid))
  return partial
}

function writeManifest(folder: string, needed: readonly string[]): void {
  const { platform, arch } = process
  const files = Object.fromEntries(needed.map((file) => [file, statSync(join(folder, file)).size]))
  const manifest: NativeManifest = { tensorflow: TENSORFLOW, platform, arch, files }
  writeFileSync(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** @returns megabytes freed; null where there was nothing. */
export function remove(root: string): number | null {
  if (!existsSync(root)) return null
  const mb = Math.round(folderBytes(root) / 1e6)
  rmSync(root, { recursive: true, force: true })
  return mb
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? folderBytes(path) : statSync(path).size)
  }, 0)
}
