/** @file What a packed package holds: nothing that users need is missing, nothing that only tests need is there. */
import { expect, it } from 'vitest'
import { writeTree } from '../testing.ts'
import { contentFaults } from './contents.ts'

const manifest = {
  name: '@trivium/a',
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  dependencies: { '@trivium/b': '1.0.0' },
}
const good = {
  'package.json': JSON.stringify(manifest),
  'README.md': '# a',
  LICENSE: 'free',
  'dist/index.js': "import './part.js'\nfork('worker')",
  'dist/index.d.ts': 'export {}',
  'dist/part.js': 'export {}',
  'dist/part.d.ts': "export type { A } from './types.ts'",
  'dist/types.js': 'export {}',
  'dist/types.d.ts': 'export type A = 1',
  'dist/worker.js': 'import "./deep/below.js"',
  'dist/deep/below.js': '',
}

it('is content with what imports and workers reach', () => {
  expect(contentFaults(writeTree(good))).toEqual([])
})

it.each<[string, Record<string, string>, RegExp]>([
  ['a test', { 'src/a.test.ts': '' }, /carries the test file src\/a\.test\.ts$/],
  ['support of tests', { 'src/testing/oracle.ts': '' }, /carries the test file src\/testing\/oracle\.ts$/],
  [
    'what nothing reaches',
    { 'dist/bench.js': "import './part.js'" },
    /carries dist\/bench\.js, which nothing in it names$/,
  ],
  [
    'a range that only the workspace knows',
    { 'package.json': JSON.stringify({ ...manifest, dependencies: { '@trivium/b': 'workspace:*' } }) },
    /asks for @trivium\/b as workspace:\*$/,
  ],
])('says so: %s', (_, more, expected) => {
  const found = contentFaults(writeTree({ ...good, ...more }))
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(expected)
})

it.each(['README.md', 'LICENSE', 'dist/index.d.ts'])('misses %s', (file) => {
  const { [file as 'LICENSE']: _, ...rest } = good
  const found = contentFaults(writeTree(rest))
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(file)
})
