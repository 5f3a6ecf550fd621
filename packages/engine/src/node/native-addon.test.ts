import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MANIFEST_FILE, type NativeManifest, nativeState } from './native-addon.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trivium-native-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const manifest: NativeManifest = {
  tensorflow: '2.18.1',
  platform: process.platform,
  arch: process.arch,
  files: { 'tfjs_binding.node': 5, 'lib/tf.so': 7 },
}
function installed(changes: Partial<NativeManifest> = {}): string {
  const folder = join(root, 'native')
  mkdirSync(join(folder, 'lib'), { recursive: true })
  writeFileSync(join(folder, 'tfjs_binding.node'), '12345')
  writeFileSync(join(folder, 'lib/tf.so'), '1234567')
  writeFileSync(join(folder, MANIFEST_FILE), JSON.stringify({ ...manifest, ...changes }))
  return folder
}
const reason = (): string => {
  const state = nativeState('native', root)
  return state.state === 'broken' ? state.reason : state.state
}

describe('nativeState', () => {
  it('tells an installation from none, and one kind from the other', () => {
    expect(nativeState('native', root)).toEqual({ state: 'absent' })
    const folder = installed()
    expect(nativeState('native', root)).toEqual({ state: 'whole', folder, manifest })
    expect(nativeState('cuda', root)).toEqual({ state: 'absent' })
  })

  it('names the file that is missing or cut off', () => {
    const folder = installed()
    writeFileSync(join(folder, 'lib/tf.so'), '123')
    expect(reason()).toBe(
      `the native library in ${folder} is half-installed: lib/tf.so has 3 bytes instead of 7`,
    )
    rmSync(join(folder, 'lib/tf.so'))
    expect(reason()).toMatch(/half-installed: lib\/tf\.so is missing$/)
  })

  it('sees an interrupted installation, a damaged manifest and another machine', () => {
    mkdirSync(join(root, 'native.partial'))
    expect(reason()).toMatch(/its installation did not come to an end/)
    const folder = installed({ arch: 'mips' })
    expect(reason()).toMatch(/it was built for \w+-mips and this is/)
    for (const text of [
      '{"files": {}}',
      '{"tensorflow": ',
      '{"tensorflow": "2", "files": {"a": "b"}}',
      'null',
    ]) {
      writeFileSync(join(folder, MANIFEST_FILE), text)
      expect(reason()).toMatch(/install\.json is missing or damaged/)
    }
  })
})
