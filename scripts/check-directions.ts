/** @file `pnpm lint`: fails on an import against the direction rules. */
import { fileURLToPath } from 'node:url'
import { checkDirections } from './directions.ts'

const violations = checkDirections(fileURLToPath(new URL('..', import.meta.url)))
for (const { file, line, imported, rule } of violations)
  process.stderr.write(`${file}:${line}: forbidden import of '${imported}': ${rule}\n`)
if (violations.length > 0) process.exitCode = 1
