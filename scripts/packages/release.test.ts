/** @file A release moves one version and one heading, and refuses a step back and an empty changelog. */
import { expect, it } from 'vitest'
import { checkVersion, releasedChangelog, withVersion } from './release.ts'

it.each(['0.1.10', '0.2.0', '1.0.0'])('%s is above 0.1.9', (next) => {
  expect(() => checkVersion(next, '0.1.9')).not.toThrow()
})

it.each([
  ['0.1.9', /not above/],
  ['0.0.10', /not above/],
  ['0.1.8', /not above/],
  ['v0.2.0', /no version/],
  ['0.2', /no version/],
  ['', /no version/],
])("'%s' is refused after 0.1.9", (next, message) => {
  expect(() => checkVersion(next, '0.1.9')).toThrow(message)
})

it('dates what was unreleased and leaves the rest', () => {
  const before = '# Changelog\n\n## Unreleased\n\n- a thing\n\n## 0.1.0 · 2026-11-01\n\n- the start\n'
  const after = releasedChangelog(before, '0.2.0', '2026-12-01')
  expect(after).toBe(
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 · 2026-12-01\n\n- a thing\n\n## 0.1.0 · 2026-11-01\n\n- the start\n',
  )
  expect(() => releasedChangelog(after, '0.3.0', '2026-12-02')).toThrow(/nothing under Unreleased/)
  expect(() => releasedChangelog('# Changelog\n', '0.3.0', '2026-12-02')).toThrow(/no section/)
})

it('changes the version of the package and none of what it depends on', () => {
  const manifest =
    '{\n  "name": "a",\n  "version": "0.1.0",\n  "dependencies": {\n    "version": "0.1.0"\n  }\n}\n'
  expect(withVersion(manifest, '0.2.0')).toBe(manifest.replace('"version": "0.1.0"', '"version": "0.2.0"'))
})
