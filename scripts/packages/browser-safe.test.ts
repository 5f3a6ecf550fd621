/** @file Main entries work in a browser: a real bundler says so, and it says so of nothing that does not. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { writeTree } from '../testing.ts'
import { browserEntries, browserFaults } from './browser-safe.ts'
import { publishedPackages } from './workspace.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('every entry that is not about files and processes loads in a browser', async () => {
  const entries = browserEntries(publishedPackages(root))
  expect(entries).toContain('packages/engine/src/browser/index.ts')
  expect(entries).not.toContain('packages/engine/src/node/index.ts')
  expect(await browserFaults(root, entries)).toEqual([])
})

it.each([
  ["import { readFileSync } from 'node:fs'\nexport const read = readFileSync", /^b\.ts:1: .*node:fs/],
  ["// node:fs\nexport const load = () => import('node:path')", /^b\.ts:2: .*node:path/],
  ['\nexport const home = () => process.env.HOME', /^b\.ts:2: process\.env is Node's$/],
  ['export const text = (x: string) => Buffer.from(x)', /^b\.ts:1: Buffer\. is Node's$/],
])('tells what is not: %s', async (code, wanted) => {
  const tree = writeTree({ 'a.ts': "export * from './b.ts'", 'b.ts': code })
  const faults = await browserFaults(tree, ['a.ts'])
  expect(faults).toEqual([expect.stringMatching(wanted)])
})

it('leaves comments, and a variable called process, alone', async () => {
  const code = '// process.env\nexport const f = (process: { alpha: number }) => process.alpha /* Buffer. */'
  expect(await browserFaults(writeTree({ 'a.ts': code }), ['a.ts'])).toEqual([])
})
