/** @file The imports that exist, read from the sources of a tree. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** `line` counts from 1; `inTest` says that a test or its support imports, which no tarball carries. */
export type Import = {
  readonly file: string
  readonly line: number
  readonly imported: string
  readonly inTest: boolean
}

/** The packages, the apps and the benchmarks below `root`. */
export function foldersOf(root: string): string[] {
  const inside = (parent: string): string[] =>
    existsSync(join(root, parent))
      ? readdirSync(join(root, parent), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => `${parent}/${entry.name}`)
      : []
  const benchmarks = existsSync(join(root, 'benchmarks')) ? ['benchmarks'] : []
  return [...inside('packages'), ...inside('apps'), ...benchmarks]
}

/** Every import of the sources below `folder`, tests included. */
export function importsIn(root: string, folder: string): Import[] {
  return sourcesIn(root, folder).flatMap(({ file, source }) =>
    importsOf(source).map((found) => ({ file, ...found, inTest: isTest(file) })),
  )
}

/** The name below `@trivium/` that is imported, or null. */
export function packageOf(imported: string): string | null {
  return imported.startsWith('@trivium/') ? imported.split('/')[1] : null
}

/** Every source below `folder`, by its path from `root`. */
export function sourcesIn(root: string, folder: string): { file: string; source: string }[] {
  return sourceFiles(join(root, folder)).map((path) => ({
    file: relative(root, path),
    source: readFileSync(path, 'utf8'),
  }))
}

/** A source with its comments blanked; line numbers stay. */
export function withoutComments(source: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
  return source.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/^\s*\/\/.*$/gm, blank)
}

/** A test or its support, which no tarball carries. */
export const isTest = (file: string): boolean => /(?:\.test\.|\/test)/.test(file)

const skipped = new Set(['node_modules', 'dist', '.cache', '.venv'])

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sourceFiles(path)
    return /\.(?:[cm]?[jt]sx?)$/.test(entry.name) ? [path] : []
  })
}

// Static imports and re-exports, side-effect imports, import() and require(), and import types.
const importPattern = /(?:\bfrom\s*|\bimport\s*(?:\(\s*)?|\brequire(?:\.resolve)?\s*\(\s*)(['"])([^'"\n]+)\1/g

/** Comments are left out: an example in a docstring is no import. */
function importsOf(source: string): { line: number; imported: string }[] {
  const code = withoutComments(source)
  return [...code.matchAll(importPattern)].map((match) => ({
    line: code.slice(0, match.index).split('\n').length,
    imported: match[2],
  }))
}
