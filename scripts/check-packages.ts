/**
 * @file `pnpm check:packages`: everything that is published, as its users have it. Builds, packs, installs the tarballs with
 * plain npm into an empty folder, and there: what the packages hold, the types of every README snippet and example, and under
 * each Node the programs themselves, require() and the command. Some minutes; the network brings the dependencies.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contentFaults } from './packages/contents.ts'
import { nodeBinary } from './packages/node-versions.ts'
import { compileOutside, installOutside } from './packages/outside.ts'
import { must } from './packages/run.ts'
import { useFaults } from './packages/uses.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const majors = [20, 22, 24]
const log = (line: string): void => void process.stdout.write(`${line}\n`)

const faults: string[] = []
const check = async (what: string, find: () => Promise<string[]> | string[]): Promise<void> => {
  const found = await find()
  log(`${found.length === 0 ? 'ok    ' : 'FAILED'} ${what}`)
  for (const fault of found) log(`       ${fault}`)
  faults.push(...found)
}

log('building')
await must('pnpm', ['build'], { cwd: root })
const outside = await installOutside(root, log)
const { folder, packages } = outside
await check('contents: README, LICENSE, entries, no tests, nothing unused', () =>
  packages.flatMap(({ manifest }) => contentFaults(join(folder, 'node_modules', manifest.name))),
)
await check('types: nodenext and bundler under TypeScript 7, nodenext under 5.9', () =>
  compileOutside(outside),
)
const cache = join(root, '.cache')
mkdirSync(cache, { recursive: true })
for (const major of majors) {
  const node = await nodeBinary(major, cache)
  await check(`node ${major}: snippets, examples, require(), npx trivium`, () =>
    useFaults(outside, node, String(major)),
  )
}
if (faults.length === 0) rmSync(folder, { recursive: true, force: true })
else log(`${faults.length} faults; the installation stays in ${folder}`)
process.exitCode = faults.length === 0 ? 0 : 1
