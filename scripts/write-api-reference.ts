/**
 * @file `pnpm docs:api`: the API reference of every package, from its entries and their docstrings, into docs/api. TypeDoc
 * reads with TypeScript 6, because TypeScript 7 has no API for it yet; both are installed on demand, outside the workspace, so
 * that nobody downloads them unasked.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from './packages/run.ts'
import { publishedPackages } from './packages/workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(root, '.cache/api-reference')
const out = 'docs/api'

mkdirSync(tools, { recursive: true })
for (const file of ['package.json', 'package-lock.json'])
  copyFileSync(join(root, 'scripts/api-reference', file), join(tools, file))
await must('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: tools })

const packages = publishedPackages(root).filter(({ manifest }) => manifest.exports !== undefined)
const options = {
  name: 'Trivium',
  entryPointStrategy: 'packages',
  entryPoints: packages.map(({ folder }) => folder),
  out,
  // A link to a line needs the address of a repository.
  disableSources: true,
  githubPages: false,
  logLevel: 'Error',
}
const flags = Object.entries(options).flatMap(([name, value]) =>
  (Array.isArray(value) ? value : [value]).flatMap((each) => [`--${name}`, String(each)]),
)
rmSync(join(root, out), { recursive: true, force: true })
await must(process.execPath, [join(tools, 'node_modules/typedoc/bin/typedoc'), ...flags], { cwd: root })
process.stdout.write(`${join(root, out, 'index.html')}\n`)
