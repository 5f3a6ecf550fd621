/** @file What every published package declares, held alike by `pnpm lint`: a package that is wrong here is wrong for its users. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { isTest, sourcesIn, withoutComments } from '../map/imports.ts'
import { snippetsOf } from '../readme-snippets.ts'
import { type Manifest, type Published, publishedPackages, readManifest } from './workspace.ts'

/** What dist/ and src/ have for tests alone; each package packs without it. */
const neverPacked = ['!**/*.test.*', '!**/test*', '!**/.tsbuildinfo']
const conditions = ['@trivium/source', 'types', 'default']

/** What the packages below `root` declare wrongly, one line each, with what is wanted. */
export function manifestFaults(root: string): string[] {
  const published = publishedPackages(root)
  const house = readManifest(root)
  return [
    ...rootFaults(house, published),
    ...published.flatMap((each) =>
      [
        ...declarationFaults(each.manifest, house),
        ...(each.manifest.exports === undefined && each.manifest.bin === undefined
          ? []
          : fileFaults(each.manifest)),
        ...entryFaults(root, each),
        ...readmeFaults(root, each),
        ...hintFaults(root, each),
      ].map((fault) => `${each.folder}/${fault}`),
    ),
  ]
}

/** Snippets and examples resolve from the root, so it depends on everything that has an entry. */
function rootFaults({ devDependencies = {} }: Manifest, published: readonly Published[]): string[] {
  return published
    .filter(({ manifest }) => manifest.bin === undefined && devDependencies[manifest.name] !== 'workspace:*')
    .map(({ manifest }) => `package.json: devDependencies lack "${manifest.name}": "workspace:*"`)
}

function declarationFaults(manifest: Manifest, house: Manifest): string[] {
  const wanted = {
    version: house.version,
    license: house.license,
    // No module of ours does anything by being imported, so bundlers may drop what is not used.
    ...(manifest.exports && { type: 'module', sideEffects: false }),
  }
  const faults = Object.entries(wanted)
    .filter(([key, value]) => manifest[key as keyof Manifest] !== value)
    .map(([key, value]) => `${key} is not ${value}`)
  if (manifest.description === undefined) faults.push('description is missing')
  if (manifest.exports !== undefined && manifest.engines?.node !== house.engines?.node)
    faults.push(`engines.node is not ${house.engines?.node}`)
  return faults.map((fault) => `package.json: ${fault}`)
}

function fileFaults({ files = [] }: Manifest): string[] {
  return ['dist', 'src', ...neverPacked]
    .filter((pattern) => !files.includes(pattern))
    .map((pattern) => `package.json: files lack "${pattern}"`)
}

/** Each entry: the source for this repository, the types, and the module for import and require() alike. */
function entryFaults(root: string, { folder, manifest }: Published): string[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([name, target]) => {
    if (typeof target === 'string') return []
    if (Object.keys(target).join() !== conditions.join())
      return [
        `package.json: exports "${name}" has ${Object.keys(target)}; wanted ${conditions}, in this order`,
      ]
    const source = target['@trivium/source']
    const built = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '')
    return [
      ...(existsSync(join(root, folder, source))
        ? []
        : [`package.json: exports "${name}": there is no ${source}`]),
      ...(target.default === `${built}.js` && target.types === `${built}.d.ts`
        ? []
        : [`package.json: exports "${name}": types and default are not ${source} as it is built`]),
    ]
  })
}

/** The scripts of `pnpm` are this repository's; what runs elsewhere must not advise them there. */
function hintFaults(root: string, { folder }: Published): string[] {
  return sourcesIn(root, folder)
    .filter(({ file }) => file.startsWith(`${folder}/src/`) && !isTest(file))
    .filter(({ source }) => /\bpnpm /.test(withoutComments(source)) && !source.includes('inRepository'))
    .map(({ file }) => `${relative(folder, file)} advises pnpm, which only \`inRepository\` is right`)
}

/** A title, a runnable snippet, and exports that exist. */
function readmeFaults(root: string, { folder, manifest }: Published): string[] {
  const path = join(root, folder, 'README.md')
  if (!existsSync(path)) return ['README.md is missing']
  const text = readFileSync(path, 'utf8')
  const faults = text.startsWith(`# ${manifest.name}\n`)
    ? []
    : [`README.md does not begin with # ${manifest.name}`]
  if (manifest.exports === undefined) return faults
  if (snippetsOf(root, join(folder, 'README.md')).length === 0) faults.push('README.md has no ```ts snippet')
  const named = exportsNamed(text)
  if (named.length === 0)
    faults.push('README.md names no export: a table `| export | is |`, or a line `Exports: …`')
  const words = new Set(sourceText(join(root, folder, 'src')).match(/\w+/g))
  return [
    ...faults,
    ...named
      .filter((name) => !words.has(name))
      .map((name) => `README.md names the export ${name}, which is not there`),
  ]
}

/** Identifiers in the first column of the table of exports, or in the paragraph that lists them. */
function exportsNamed(text: string): string[] {
  const table = /\n\| export[s ][\s\S]*?\n\n/.exec(`${text}\n\n`)?.[0] ?? ''
  const cells = table
    .split('\n')
    .slice(3)
    .map((row) => row.split('|')[1] ?? '')
  const prose = /\nExports: [\s\S]*?\n\n/.exec(`${text}\n\n`)?.[0] ?? ''
  return [...cells, prose].flatMap((part) => [...part.matchAll(/`([A-Za-z_]\w*)/g)].map((match) => match[1]))
}

function sourceText(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}
