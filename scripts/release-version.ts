/**
 * @file `pnpm release:version 0.2.0`: gives everything that is published one new version and dates the section Unreleased of
 * CHANGELOG.md. It commits and publishes nothing; CONTRIBUTING.md says what follows.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkVersion, releasedChangelog, withVersion } from './packages/release.ts'
import { publishedPackages, readManifest } from './packages/workspace.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const version = process.argv[2] ?? ''
try {
  checkVersion(version, readManifest(root).version)
  const changelog = join(root, 'CHANGELOG.md')
  const released = releasedChangelog(
    readFileSync(changelog, 'utf8'),
    version,
    new Date().toISOString().slice(0, 10),
  )
  for (const folder of ['', ...publishedPackages(root).map(({ folder }) => folder)]) {
    const path = join(root, folder, 'package.json')
    writeFileSync(path, withVersion(readFileSync(path, 'utf8'), version))
  }
  writeFileSync(changelog, released)
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`)
  process.exitCode = 2
}
