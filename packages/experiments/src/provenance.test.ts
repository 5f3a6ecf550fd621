import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@trivium/files'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { gatherProvenance } from './provenance.ts'

const parts = { seeds: [1], datasetSha256: 'ab', engine: { label: 'wasm', threads: 1 }, argv: ['compare'] }
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'provenance-'))
})
afterEach(() => rmSync(root, { recursive: true }))

it('leaves git and the lockfile empty where there are none', async () => {
  expect(await gatherProvenance(parts, root)).toMatchObject({
    gitSha: null,
    gitDirty: null,
    lockfileSha256: null,
    engine: 'wasm',
    argv: ['compare'],
  })
})

it('names the commit, whether the tree differs from it, and the lockfile', async () => {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim()
  git('init', '-q')
  writeFileSync(join(root, 'pnpm-lock.yaml'), 'lock')
  git('add', '.')
  git('commit', '-qm', 'one')
  const clean = await gatherProvenance(parts, root)
  expect(clean).toMatchObject({
    gitSha: git('rev-parse', 'HEAD'),
    gitDirty: false,
    lockfileSha256: sha256('lock'),
  })
  writeFileSync(join(root, 'pnpm-lock.yaml'), 'other')
  expect(await gatherProvenance(parts, root)).toMatchObject({
    gitDirty: true,
    lockfileSha256: sha256('other'),
  })
})
