/**
 * @file The native engine that `pnpm engine:native` builds: tfjs-node's own addon over a libtensorflow taken out of a
 * Python wheel. This file knows where it lies, whether it is whole, and how to load it; packages/engine/install/native installs it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'

/** `native`: libtensorflow for the CPU; `cuda`: its twin with CUDA. */
export type NativeKind = 'native' | 'cuda'

/** Written last, so an installation without it is not whole. */
export type NativeManifest = {
  tensorflow: string
  platform: string
  arch: string
  /** Bytes of every file that the addon cannot do without, by its path in the folder. */
  files: Record<string, number>
}

export type NativeState =
  | { state: 'absent' }
  | { state: 'broken'; reason: string }
  | { state: 'whole'; folder: string; manifest: NativeManifest }

export const MANIFEST_FILE = 'install.json'

/**
 * What the engine keeps: the native libraries and the calibration. TRIVIUM_ENGINE_CACHE names another folder, for an
 * installation that cannot be written; the native engine works only from one below packages/engine.
 */
export const ENGINE_CACHE: string =
  process.env.TRIVIUM_ENGINE_CACHE ?? fileURLToPath(new URL('../../.cache/', import.meta.url))

/**
 * Below the engine's package, so that tfjs-node's `require('@tensorflow/tfjs')` finds the engine's own copy: two
 * instances of tfjs-core in one process would not see each other's backends and tensors.
 */
export const NATIVE_ROOT: string = join(ENGINE_CACHE, 'native')

/** Where npm's tfjs-node lies; null where it was not installed. */
export function packagePath(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    return null
  }
}

export const hasPackage = (name: string): boolean => packagePath(name) !== null

/** What is installed of one kind. Sizes are compared, contents are not: that would cost seconds at every start. */
export function nativeState(kind: NativeKind, root: string = NATIVE_ROOT): NativeState {
  const folder = join(root, kind)
  const broken = (reason: string): NativeState => ({
    state: 'broken',
    reason: `the native library in ${folder} is half-installed: ${reason}`,
  })
  if (!existsSync(folder))
    return existsSync(`${folder}.partial`)
      ? broken('its installation did not come to an end')
      : { state: 'absent' }
  const manifest = readManifest(join(folder, MANIFEST_FILE))
  if (manifest === null) return broken(`${MANIFEST_FILE} is missing or damaged`)
  const { platform, arch } = manifest
  if (platform !== process.platform || arch !== process.arch)
    return broken(`it was built for ${platform}-${arch} and this is ${process.platform}-${process.arch}`)
  for (const [file, bytes] of Object.entries(manifest.files)) {
    const found = statSync(join(folder, file), { throwIfNoEntry: false })?.size
    if (found === undefined) return broken(`${file} is missing`)
    if (found !== bytes) return broken(`${file} has ${found} bytes instead of ${bytes}`)
  }
  return { state: 'whole', folder, manifest }
}

function readManifest(file: string): NativeManifest | null {
  try {
    const { tensorflow, platform, arch, files } = JSON.parse(readFileSync(file, 'utf8')) as NativeManifest
    const sizes = Object.values(files)
    return typeof tensorflow === 'string' && sizes.length > 0 && sizes.every(Number.isInteger)
      ? { tensorflow, platform, arch, files }
      : null
  } catch {
    return null
  }
}

/**
 * Registers the backend 'tensorflow' from an installation that is whole: what tfjs-node's entry does, without its
 * finder of prebuilt addons and its file handlers, which need packages that we do not.
 * @throws Error of the dynamic linker when the library does not fit this machine.
 */
export function registerNative(folder: string, kind: NativeKind): void {
  const require = createRequire(join(folder, 'dist', 'index.js'))
  const addon: unknown = require('../tfjs_binding.node')
  require('./register_all_kernels.js')
  const { NodeJSKernelBackend } = require('./nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: new (addon: unknown, packageName: string) => tf.KernelBackend
  }
  const name = kind === 'cuda' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node'
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, name), 3)
}
