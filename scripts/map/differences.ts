/** @file Allowed arrows, drawn arrows and imports that exist, held against one another, package by package. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { directions, ground, inTestsOnly, open } from '../directions.ts'
import { foldersOf, importsIn, packageOf } from './imports.ts'
import { type Drawn, drawnIn } from './picture.ts'

const picture = 'docs/architecture.md'
const rules = 'scripts/directions.ts'
type Arrows = Readonly<Record<string, readonly string[]>>

/** The directions as they are in this tree. */
export type TheMap = {
  readonly directions: Arrows
  readonly inTestsOnly: Arrows
  readonly ground: readonly string[]
}

/** What is not equal in the tree below `root`, one line each, with what to do; none when the map tells the truth. */
export function differencesIn(root: string, map: TheMap = { directions, inTestsOnly, ground }): string[] {
  const folders = foldersOf(root).filter((folder) => !open.has(folder))
  const drawn = drawnIn(readFileSync(join(root, picture), 'utf8'))
  return [
    ...orderFaults(map),
    ...folders
      .filter((folder) => map.directions[folder] === undefined)
      .map((f) => `${rules} does not name ${f}`),
    ...Object.keys(map.directions)
      .filter((folder) => !folders.includes(folder))
      .map((folder) => `${rules} names ${folder}, which does not exist`),
    ...strangers(drawn, map),
    ...folders.flatMap((folder) =>
      map.directions[folder] === undefined
        ? []
        : [
            ...importFaults(root, folder, map),
            ...drawingFaults(folder, drawn, map),
            ...manifestFaults(root, folder, map),
          ],
    ),
  ]
}

/** Imports go up the list only; so the map has no cycle. */
function orderFaults({ directions, inTestsOnly }: TheMap): string[] {
  const names = Object.keys(directions).map((folder) => basename(folder))
  return names.flatMap((name, i) => {
    const folder = Object.keys(directions)[i]
    return [...directions[folder], ...(inTestsOnly[folder] ?? [])]
      .filter((imported) => !names.slice(0, i).includes(imported))
      .map((imported) => `${rules}: ${name} imports ${imported}, which does not stand above it`)
  })
}

function strangers({ imports, inTestsOnly }: Drawn, { directions }: TheMap): string[] {
  const known = new Set(Object.keys(directions).map((folder) => basename(folder)))
  const drawn = [...imports, ...inTestsOnly].flatMap(([importer, imported]) => [importer, ...imported])
  return [...new Set(drawn)]
    .filter((name) => !known.has(name))
    .map((name) => `${picture} draws ${name}, which ${rules} does not name`)
}

/** Imports beyond the rules are `violationsIn`'s; here are rules without an import. */
function importFaults(root: string, folder: string, map: TheMap): string[] {
  const found = importsIn(root, folder)
  const named = (inTest: boolean): Set<string | null> =>
    new Set(found.filter((each) => each.inTest === inTest).map(({ imported }) => packageOf(imported)))
  const unused = (allowed: readonly string[], used: Set<string | null>, who: string): string[] =>
    allowed
      .filter((name) => !used.has(name))
      .map((name) => `${rules} lets ${folder} import ${name}, and ${who} does; take it out`)
  return [
    ...unused(map.directions[folder], named(false), 'nothing but a test at most'),
    ...unused(map.inTestsOnly[folder] ?? [], named(true), 'no test'),
  ]
}

function drawingFaults(folder: string, drawn: Drawn, map: TheMap): string[] {
  const name = basename(folder)
  const compare = (allowed: readonly string[], has: ReadonlySet<string>, arrow: string): string[] => {
    const words = (other: string): string =>
      map.ground.includes(other) ? `'${other}' in the box of ${name}` : `${other} ${arrow} ${name}`
    return [
      ...allowed.filter((other) => !has.has(other)).map((other) => `${picture} lacks ${words(other)}`),
      ...[...has]
        .filter((other) => !allowed.includes(other))
        .map((other) => `${picture} has ${words(other)}, which ${rules} does not allow`),
    ]
  }
  const nothing: ReadonlySet<string> = new Set()
  return [
    ...compare(map.directions[folder], drawn.imports.get(name) ?? nothing, '-->'),
    ...compare(map.inTestsOnly[folder] ?? [], drawn.inTestsOnly.get(name) ?? nothing, '-.->'),
  ]
}

/** package.json and tsconfig.json say the same: dependencies are imported, devDependencies by tests alone. */
function manifestFaults(root: string, folder: string, map: TheMap): string[] {
  const read = (file: string): Record<string, unknown> => {
    const path = join(root, folder, file)
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {}
  }
  const manifest = read('package.json')
  const ours = (key: string): string[] =>
    Object.keys((manifest[key] ?? {}) as object).flatMap((name) => packageOf(name) ?? [])
  const references = (read('tsconfig.json').references ?? []) as { path: string }[]
  const tests = map.inTestsOnly[folder] ?? []
  const same = (what: string, has: readonly string[], wanted: readonly string[]): string[] =>
    [...has].sort().join() === [...wanted].sort().join()
      ? []
      : [
          `${folder}/${what} name ${[...has].sort().join(', ')}; imported are ${[...wanted].sort().join(', ')}`,
        ]
  return [
    ...same('package.json: its dependencies', ours('dependencies'), map.directions[folder]),
    ...same('package.json: its devDependencies', ours('devDependencies'), tests),
    ...same(
      'tsconfig.json: its references',
      references.map(({ path }) => basename(path)),
      [...map.directions[folder], ...tests],
    ),
  ]
}
