/**
 * @file The direction rules as data, and the check that no import breaks them. Tests obey them too: a test that needs a
 * forbidden package tests the wrong thing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/** What each folder may import. `random` stands below everything and is open to all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/random': [],
  'packages/schema': [],
  'packages/files': ['schema'],
  'packages/languages': ['schema'],
  'packages/tokenizer': ['schema'],
  'packages/corpus': ['schema', 'files', 'tokenizer'],
  'packages/engine': ['schema', 'files'],
  'packages/transformer': ['schema', 'engine'],
  'packages/language-model': ['schema', 'engine', 'transformer'],
  'packages/autoregressive': ['schema', 'languages', 'engine', 'transformer', 'language-model'],
  'packages/masked-diffusion': ['schema', 'languages', 'engine', 'transformer', 'language-model'],
  'packages/continuous-diffusion': ['schema', 'languages', 'engine', 'transformer', 'language-model'],
  'packages/training': ['schema', 'files', 'languages', 'engine', 'transformer', 'language-model'],
  'packages/models': [
    'schema',
    'tokenizer',
    'engine',
    'language-model',
    'autoregressive',
    'masked-diffusion',
    'continuous-diffusion',
    'training',
  ],
  'packages/evaluation': ['schema', 'languages', 'language-model'],
  'packages/experiments': [
    'schema',
    'files',
    'tokenizer',
    'corpus',
    'engine',
    'transformer',
    'language-model',
    'training',
    'models',
    'evaluation',
  ],
  'packages/report': ['schema'],
}
/** Folders that may import every package. */
const open: ReadonlySet<string> = new Set(['apps/lab', 'apps/playground', 'benchmarks'])
/** The only importer of TensorFlow.js. */
const tensorflowOwner = 'packages/engine'

/** An import that the rules forbid; `line` counts from 1. */
export type Violation = {
  readonly file: string
  readonly line: number
  readonly imported: string
  readonly rule: string
}

/** Checks every source file below `root`, tests included. */
export function checkDirections(root: string): Violation[] {
  return foldersOf(root).flatMap((folder) =>
    sourceFiles(join(root, folder)).flatMap((path) =>
      importsOf(readFileSync(path, 'utf8')).flatMap(({ line, imported }) => {
        const rule = brokenRule(root, folder, path, imported)
        return rule === null ? [] : [{ file: relative(root, path), line, imported, rule }]
      }),
    ),
  )
}

function foldersOf(root: string): string[] {
  const inside = (parent: string): string[] =>
    existsSync(join(root, parent))
      ? readdirSync(join(root, parent), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => `${parent}/${entry.name}`)
      : []
  const benchmarks = existsSync(join(root, 'benchmarks')) ? ['benchmarks'] : []
  return [...inside('packages'), ...inside('apps'), ...benchmarks]
}

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

/** Comments are blanked first (line numbers stay): an example in a docstring is no import. */
function importsOf(source: string): { line: number; imported: string }[] {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
  const code = source.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/^\s*\/\/.*$/gm, blank)
  return [...code.matchAll(importPattern)].map((match) => ({
    line: code.slice(0, match.index).split('\n').length,
    imported: match[2],
  }))
}

function brokenRule(root: string, folder: string, path: string, imported: string): string | null {
  if (imported.startsWith('.')) {
    const target = relative(root, resolve(path, '..', imported))
    return target === folder || target.startsWith(`${folder}/`)
      ? null
      : `leaves ${folder} by a relative path; import the package by its name`
  }
  if (imported.startsWith('@tensorflow/'))
    return folder === tensorflowOwner
      ? null
      : `only ${tensorflowOwner} imports TensorFlow.js; use its functions`
  if (!imported.startsWith('@trivium/')) return null
  const name = imported.split('/')[1]
  if (open.has(folder) || name === 'random' || folder === `packages/${name}`) return null
  const may = allowed[folder]
  if (may === undefined) return `${folder} has no rule; add it to scripts/directions.ts`
  return may.includes(name)
    ? null
    : `${folder} may import ${[...may, 'random'].map((n) => `@trivium/${n}`).join(', ')}`
}
