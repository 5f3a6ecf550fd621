/**
 * @file `pnpm lint`: fails on an import against the direction rules, when rules, picture and imports are not equal, and when a
 * package does not declare what its users need.
 */
import { fileURLToPath } from 'node:url'
import { differencesIn } from './map/differences.ts'
import { violationsIn } from './map/violations.ts'
import { manifestFaults } from './packages/manifests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const lines = [
  ...violationsIn(root).map(
    ({ file, line, imported, rule }) => `${file}:${line}: forbidden import of '${imported}': ${rule}`,
  ),
  ...differencesIn(root),
  ...manifestFaults(root),
]
for (const line of lines) process.stderr.write(`${line}\n`)
if (lines.length > 0) process.exitCode = 1
