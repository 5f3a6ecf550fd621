/** @file The check that no import breaks the direction rules. */
import { relative, resolve } from 'node:path'
import { directions, inTestsOnly, open, tensorflowOwner } from '../directions.ts'
import { foldersOf, type Import, importsIn, packageOf } from './imports.ts'

/** An import that the rules forbid; `line` counts from 1. */
export type Violation = Omit<Import, 'inTest'> & { readonly rule: string }

/** Checks every source file below `root`, tests included. */
export function violationsIn(root: string): Violation[] {
  return foldersOf(root).flatMap((folder) =>
    importsIn(root, folder).flatMap(({ inTest, ...found }) => {
      const rule = brokenRule(root, folder, { ...found, inTest })
      return rule === null ? [] : [{ ...found, rule }]
    }),
  )
}

function brokenRule(root: string, folder: string, { file, imported, inTest }: Import): string | null {
  if (imported.startsWith('.')) {
    const target = relative(root, resolve(root, file, '..', imported))
    return target === folder || target.startsWith(`${folder}/`)
      ? null
      : `leaves ${folder} by a relative path; import the package by its name`
  }
  if (imported.startsWith('@tensorflow/'))
    return folder === tensorflowOwner
      ? null
      : `only ${tensorflowOwner} imports TensorFlow.js; use its functions`
  const name = packageOf(imported)
  if (name === null || open.has(folder) || folder === `packages/${name}`) return null
  const may = directions[folder]
  if (may === undefined) return `${folder} has no rule; add it to scripts/directions.ts`
  const all = inTest ? [...may, ...(inTestsOnly[folder] ?? [])] : may
  return all.includes(name) ? null : `${folder} may import ${all.join(', ') || 'no package'}`
}
