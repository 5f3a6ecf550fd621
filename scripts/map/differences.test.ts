/** @file The map tells the truth: rules, picture, imports and manifests are equal, and whatever is not is said. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { writeTree } from '../testing.ts'
import { differencesIn, type TheMap } from './differences.ts'

const json = (value: unknown): string => JSON.stringify(value)
const manifest = (dependencies: readonly string[], tests: readonly string[] = []): string => {
  const versions = (names: readonly string[]): object =>
    Object.fromEntries(names.map((name) => [`@trivium/${name}`, 'workspace:*']))
  return json({ dependencies: versions(dependencies), devDependencies: versions(tests) })
}
const references = (...names: string[]): string =>
  json({ references: names.map((name) => ({ path: `../${name}` })) })
const picture = (lines: string): string => `# Map\n\n\`\`\`mermaid\ngraph LR\n${lines}\n\`\`\`\n`

/** base ← (left, right), tests of right → left. */
const small: TheMap = {
  directions: { 'packages/base': [], 'packages/left': ['base'], 'packages/right': ['base'] },
  inTestsOnly: { 'packages/right': ['left'] },
  ground: [],
}
const tree = {
  'docs/architecture.md': picture(
    'subgraph both [left and right]\n  left["the left one"]\n  right\nend\nbase --> both\nleft -.-> right',
  ),
  'packages/base/package.json': manifest([]),
  'packages/base/src/a.ts': 'export const a = 1',
  'packages/left/package.json': manifest(['base']),
  'packages/left/tsconfig.json': references('base'),
  'packages/left/src/a.ts': "import { a } from '@trivium/base'",
  'packages/right/package.json': manifest(['base'], ['left']),
  'packages/right/tsconfig.json': references('base', 'left'),
  'packages/right/src/a.ts': "import { a } from '@trivium/base/node'",
  'packages/right/src/a.test.ts': "import { a } from '@trivium/left'",
}

function differencesOf(changes: Record<string, string>, map: Partial<TheMap> = {}): string[] {
  const root = writeTree({ ...tree, ...changes })
  return differencesIn(root, { ...small, ...map })
}

it('is equal in this repository', () => {
  expect(differencesIn(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
})

it('is equal in a small tree with a group and an arrow of tests', () => {
  expect(differencesOf({})).toEqual([])
})

it('reads what the boxes say of the ground', () => {
  const boxes = picture('left["left<br/>base"]\nright["right<br/>base"]\nleft -.-> right')
  expect(differencesOf({ 'docs/architecture.md': boxes }, { ground: ['base'] })).toEqual([])
  const without = picture('left["left<br/>base"]\nleft -.-> right')
  expect(differencesOf({ 'docs/architecture.md': without }, { ground: ['base'] })).toEqual([
    "docs/architecture.md lacks 'base' in the box of right",
  ])
})

it.each<[string, Record<string, string>, Partial<TheMap>, RegExp[]]>([
  [
    'an arrow that is not drawn',
    { 'docs/architecture.md': picture('base --> left -.-> right') },
    {},
    [/lacks base --> right$/],
  ],
  [
    'an arrow too many',
    { 'docs/architecture.md': `${tree['docs/architecture.md'].slice(0, -5)}\nleft --> right\n\`\`\`` },
    {},
    [/has left --> right, which .* does not allow$/],
  ],
  [
    'a full arrow that only a test needs',
    { 'packages/right/src/a.ts': '', 'packages/right/src/b.test.ts': "import '@trivium/base'" },
    {},
    [/lets packages\/right import base, and nothing but a test at most does; take it out$/],
  ],
  [
    'an arrow of tests that no test needs',
    { 'packages/right/src/a.test.ts': '' },
    {},
    [/lets packages\/right import left, and no test does; take it out$/],
  ],
  [
    'a package that is not named',
    { 'packages/new/package.json': manifest([]) },
    {},
    [/does not name packages\/new$/],
  ],
  [
    'a box of a package that is gone',
    { 'docs/architecture.md': `${tree['docs/architecture.md'].slice(0, -5)}\ngone --> gone\n\`\`\`` },
    {},
    [/draws gone, which .* does not name$/],
  ],
  [
    'a dependency that nothing imports',
    { 'packages/left/package.json': manifest(['base', 'right']) },
    {},
    [/left\/package.json: its dependencies name base, right; imported are base$/],
  ],
  [
    'a reference that is missing',
    { 'packages/right/tsconfig.json': references('base') },
    {},
    [/right\/tsconfig.json: its references name base; imported are base, left$/],
  ],
  [
    'an import against the order',
    {},
    { directions: { 'packages/left': ['base'], 'packages/base': [], 'packages/right': ['base'] } },
    [/left imports base, which does not stand above it$/],
  ],
])('says so: %s', (_, changes, map, expected) => {
  const found = differencesOf(changes, map)
  expect(found).toHaveLength(expected.length)
  for (const [i, line] of expected.entries()) expect(found[i]).toMatch(line)
})

it('refuses a picture that it cannot read', () => {
  expect(() => differencesOf({ 'docs/architecture.md': '# Map' })).toThrow(/mermaid/)
  expect(() => differencesOf({ 'docs/architecture.md': picture('base ==> left') })).toThrow(/'base ==> left'/)
})
