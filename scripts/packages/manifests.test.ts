/** @file What packages declare: this repository's are right, and whatever is wrong is said with what is wanted. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { writeTree } from '../testing.ts'
import { manifestFaults } from './manifests.ts'

const house = {
  name: 'house',
  version: '1.2.0',
  license: 'MIT',
  private: true,
  engines: { node: '>=20' },
  devDependencies: { '@trivium/a': 'workspace:*' },
}
const a = {
  name: '@trivium/a',
  version: '1.2.0',
  license: 'MIT',
  description: 'a package',
  type: 'module',
  sideEffects: false,
  exports: {
    '.': { '@trivium/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
  },
  files: ['dist', 'src', '!**/*.test.*', '!**/test*', '!**/.tsbuildinfo'],
  engines: { node: '>=20' },
}
const readme =
  '# @trivium/a\n\n```ts\nmake()\n```\n\n| export   | is   |\n| -------- | ---- |\n| `make()` | this |\n'

function faultsOf(manifest: object, changes: Record<string, string> = {}): string[] {
  return manifestFaults(
    writeTree({
      'package.json': JSON.stringify(house),
      'packages/a/package.json': JSON.stringify(manifest),
      'packages/a/src/index.ts': 'export function make() {}',
      'packages/a/README.md': readme,
      'apps/b/package.json': JSON.stringify({ name: 'b', private: true }),
      ...changes,
    }),
  )
}

it('are right in this repository', () => {
  expect(manifestFaults(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
})

it('are right in a small one', () => {
  const hint = "// pnpm fix\nexport const hint = inRepository ? 'pnpm fix' : 'npx fix'"
  expect(faultsOf(a, { 'packages/a/src/hint.ts': hint })).toEqual([])
})

const source = { '@trivium/source': './src/index.ts' }
it.each<[string, object, Record<string, string>, RegExp]>([
  ['a version of its own', { ...a, version: '1.3.0' }, {}, /version is not 1\.2\.0$/],
  ['another Node', { ...a, engines: { node: '>=22' } }, {}, /engines\.node is not >=20$/],
  ['side effects', { ...a, sideEffects: undefined }, {}, /sideEffects is not false$/],
  ['no description', { ...a, description: undefined }, {}, /description is missing$/],
  [
    'tests in the tarball',
    { ...a, files: a.files.slice(0, 2).concat(a.files.slice(3)) },
    {},
    /files lack "!\*\*\/\*\.test\.\*"$/,
  ],
  [
    'no condition that require() takes',
    { ...a, exports: { '.': { ...source, types: './dist/index.d.ts', import: './dist/index.js' } } },
    {},
    /has @trivium\/source,types,import; wanted @trivium\/source,types,default, in this order$/,
  ],
  [
    'types of another module',
    { ...a, exports: { '.': { ...source, types: './dist/a.d.ts', default: './dist/index.js' } } },
    {},
    /types and default are not \.\/src\/index\.ts as it is built$/,
  ],
  [
    'a README without a snippet',
    a,
    { 'packages/a/README.md': readme.replace('ts\n', 'sh\n') },
    /no ```ts snippet$/,
  ],
  [
    'a README of another',
    a,
    { 'packages/a/README.md': readme.replace('/a\n', '/b\n') },
    /does not begin with # @trivium\/a$/,
  ],
  [
    'a README that names no export',
    a,
    { 'packages/a/README.md': readme.slice(0, readme.indexOf('| export')) },
    /names no export/,
  ],
  [
    'a README that names an export that is gone',
    a,
    { 'packages/a/README.md': readme.replace('`make()` |', '`take()` |') },
    /names the export take, which is not there$/,
  ],
  [
    'advice that is right in the repository alone',
    a,
    { 'packages/a/src/hint.ts': "// pnpm fix\nexport const hint = 'run pnpm fix'" },
    /^packages\/a\/src\/hint\.ts advises pnpm/,
  ],
  [
    'a package that snippets cannot import',
    a,
    { 'package.json': JSON.stringify({ ...house, devDependencies: {} }) },
    /devDependencies lack "@trivium\/a": "workspace:\*"$/,
  ],
])('says so: %s', (_, manifest, changes, expected) => {
  const found = faultsOf(manifest, changes)
  expect(found.join('\n')).toMatch(expected)
})
