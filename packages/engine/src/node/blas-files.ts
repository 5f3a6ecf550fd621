/** @file Which BLAS libraries the system has, by their files alone: nothing is loaded, so nothing can crash. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { release } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

/** Names per platform, fastest first; the loader searches its own paths for bare names. */
export const blasNames: Readonly<Record<string, readonly string[]>> = {
  linux: [
    'libmkl_rt.so.3',
    'libmkl_rt.so.2',
    'libmkl_rt.so',
    'libopenblas.so.0',
    'libopenblas.so',
    'libblis.so.4',
    'libblis.so.3',
    '/usr/lib/x86_64-linux-gnu/libopenblas.so.0',
    '/usr/lib/aarch64-linux-gnu/libopenblas.so.0',
    '/usr/lib64/libopenblas.so.0',
    '/usr/lib64/libopenblasp.so.0',
    'libblas.so.3',
  ],
  darwin: [
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
  ],
  win32: ['mkl_rt.3.dll', 'mkl_rt.2.dll', 'libopenblas.dll', 'openblas.dll'],
}

/** Accelerate has no file of its own: it is part of the system's cache of libraries. */
export const isAccelerate = (path: string): boolean => path.includes('Accelerate.framework/')

/** One library: links are followed, so that the path tells the version (libopenblasp-r0.3.21.so). */
export type BlasFile = { readonly path: string; readonly bytes: number; readonly modified: number }

/** Every candidate that has a file, or the one that `named` (TRIVIUM_BLAS) says; none where it is 'off'. */
export function blasFiles(named: string | undefined = process.env.TRIVIUM_BLAS): BlasFile[] {
  if (named === 'off') return []
  const names = named ? [named] : (blasNames[process.platform] ?? [])
  const found = names.flatMap((name) => placesOf(name).flatMap(describe))
  return [...new Map(found.map((file) => [file.path, file])).values()]
}

function placesOf(name: string): string[] {
  if (isAbsolute(name) || name.includes('/')) return [name]
  return [
    ...searchedFolders().map((folder) => join(folder, name)),
    ...linkerCache().filter((p) => p.endsWith(`/${name}`)),
  ]
}

function describe(path: string): BlasFile[] {
  if (isAccelerate(path)) return [{ path: `${path} of ${release()}`, bytes: 0, modified: 0 }]
  try {
    const { size, mtimeMs } = statSync(path)
    return [{ path: realpathSync(path), bytes: size, modified: mtimeMs }]
  } catch {
    return []
  }
}

/** Where the dynamic linker looks beside its cache. */
function searchedFolders(): string[] {
  const split = (text: string | undefined): string[] => (text ?? '').split(delimiter).filter((p) => p !== '')
  if (process.platform === 'win32') return split(process.env.PATH)
  return [...split(process.env.LD_LIBRARY_PATH), '/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib']
}

/** The paths that glibc's linker knows; empty where there is no such cache (musl, macOS). */
function linkerCache(): string[] {
  try {
    return readFileSync('/etc/ld.so.cache', 'latin1')
      .split('\0')
      .filter((text) => text.startsWith('/'))
  } catch {
    return []
  }
}
