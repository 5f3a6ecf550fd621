/** @file One version for everything that is published, and one changelog: what `pnpm release:version` changes, as texts. */

/** @throws Error when `next` is no version, or not above `current` */
export function checkVersion(next: string, current: string): void {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(next)
  if (parts === null) throw new Error(`'${next}' is no version; wanted three numbers, e.g. 1.4.0`)
  const before = current.split('.').map(Number)
  const step = parts.slice(1).map((part, i) => Number(part) - before[i])
  if ((step.find((difference) => difference !== 0) ?? 0) <= 0)
    throw new Error(`${next} is not above ${current}, the version that there is`)
}

/**
 * The changelog with its section `## Unreleased` under the new version, and an empty one above it.
 * @throws Error when there is no such section, or nothing in it
 */
export function releasedChangelog(text: string, version: string, date: string): string {
  const heading = '## Unreleased\n'
  const at = text.indexOf(heading)
  if (at < 0) throw new Error(`CHANGELOG.md has no section '${heading.trim()}'`)
  const section = text.slice(at + heading.length).split(/^## /m)[0]
  if (section.trim() === '')
    throw new Error('CHANGELOG.md says nothing under Unreleased; a release has something to say')
  return text.replace(heading, `${heading}\n## ${version} · ${date}\n`)
}

/** A package.json with another version; nothing else moves. */
export const withVersion = (manifest: string, version: string): string =>
  manifest.replace(/^( {2}"version": ")[^"]*"/m, `$1${version}"`)
