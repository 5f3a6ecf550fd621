/**
 * @file tfjs-node's addon: its source from npm, compiled against the headers of the wheel. One call of the C++ compiler
 * does what node-gyp would, which itself wants Python and Node's headers from nodejs.org; through Node-API the result
 * serves every version of Node.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, RuntimeFailure } from '@trivium/schema'
import type { Tarball } from './plan.ts'
import { programWorks, runProgram } from './shell.ts'
import { checkDigest } from './wheels.ts'

/** @throws InputError where there is none. */
export function findCompiler(): string {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(
    (name) => name !== undefined && name !== '',
  )
  const found = candidates.find((name) => programWorks(name as string))
  if (found === undefined)
    throw new InputError(
      `no C++ compiler (tried ${candidates.join(', ')}); install one (Debian: apt install g++) or set CXX`,
    )
  return found as string
}

/** Fetches a package by npm, which knows the user's registry, and unpacks it below `folder`. */
export async function unpackTarball(tarball: Tarball, folder: string, downloads: string): Promise<void> {
  const packed = runProgram(
    'npm',
    ['pack', tarball.spec, '--silent', '--pack-destination', downloads],
    downloads,
  )
  const file = packed.stdout.trim().split('\n').at(-1) ?? ''
  if (!packed.ok || file === '')
    throw new RuntimeFailure(`npm could not fetch ${tarball.spec} (${packed.reason || 'it named no file'})`)
  await checkDigest(join(downloads, file), tarball.sha256)
  const target = join(folder, tarball.into)
  mkdirSync(target, { recursive: true })
  const unpacked = runProgram('tar', ['-xzf', join(downloads, file), '-C', target, '--strip-components=1'])
  if (!unpacked.ok) throw new RuntimeFailure(`tar could not unpack ${file} (${unpacked.reason})`)
}

/**
 * `util.isNullOrUndefined` left Node 23 and `util.isArray` is deprecated; the two are all that the backend takes from
 * `util`.
 */
export function replaceUtil(dist: string): void {
  writeFileSync(
    join(dist, 'util-compat.js'),
    'exports.isArray = Array.isArray\nexports.isNullOrUndefined = (x) => x === null || x === undefined\n',
  )
  for (const [file, path] of [
    ['nodejs_kernel_backend.js', './util-compat'],
    ['kernels/TopK.js', '../util-compat'],
  ]) {
    const source = readFileSync(join(dist, file), 'utf8')
    writeFileSync(join(dist, file), source.replace('require("util")', `require("${path}")`))
  }
}

/** Compiles `binding/*.cc` into `tfjs_binding.node`, which finds the libraries beside itself. */
export function compileAddon(folder: string, compiler: string): void {
  const sources = readdirSync(join(folder, 'binding')).filter((name) => name.endsWith('.cc'))
  const { ok, reason } = runProgram(
    compiler,
    [
      '-shared',
      '-fPIC',
      '-O2',
      '-std=c++17',
      '-DNAPI_VERSION=8',
      '-I.',
      '-Ibuild/node-api/include',
      '-Itensorflow/include',
      ...sources.map((name) => join('binding', name)),
      '-o',
      'tfjs_binding.node',
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
      '-Wl,-rpath,$ORIGIN/tensorflow',
    ],
    folder,
  )
  if (!ok) throw new RuntimeFailure(`${compiler} could not build tfjs-node's addon (${reason})`)
}
