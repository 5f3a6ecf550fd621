/** @file The packages of this workspace that are published: those that are not private. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Target = Readonly<Record<string, string>>
export type Manifest = {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly description?: string
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly files?: readonly string[]
  readonly exports?: Readonly<Record<string, Target | string>>
  readonly imports?: Readonly<Record<string, string>>
  readonly bin?: Target
  readonly engines?: Target
  readonly dependencies?: Target
  readonly devDependencies?: Target
  readonly optionalDependencies?: Target
}

/** `folder` is relative to the root. */
export type Published = { readonly folder: string; readonly manifest: Manifest }

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

export function publishedPackages(root: string): Published[] {
  const inside = (parent: string): string[] =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`)
  return [...inside('packages'), ...inside('apps'), 'checkpoints']
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(join(root, folder)) }))
    .filter(({ manifest }) => manifest.private !== true)
}

/** Those of `packages` that the named ones need, themselves included. */
export function withDependencies(packages: readonly Published[], names: readonly string[]): Published[] {
  const needed = new Set(names)
  for (const name of needed) {
    const { dependencies = {} } = packages.find(({ manifest }) => manifest.name === name)?.manifest ?? {}
    for (const other of Object.keys(dependencies)) needed.add(other)
  }
  return packages.filter(({ manifest }) => needed.has(manifest.name))
}

/** The files that the outside can reach by name: of `exports`, and of `bin`. */
export function entriesOf({ exports = {}, bin = {} }: Manifest): string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  )
  return [...new Set([...targets, ...Object.values(bin)])]
}
