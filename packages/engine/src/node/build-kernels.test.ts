/** @file The committed module is what its sources compile to, and it owns nothing in the shared heap. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attachKernels } from '../kernels/index.ts'
import { kernelBytes } from '../kernels/module.ts'
import { compileKernels, generatedSource } from './build-kernels.ts'

/** Section ids of a module: 6 = globals, 8 = start, 9 = table elements, 11 = data, 12 = data count. */
function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = []
  let at = 8
  while (at < bytes.length) {
    ids.push(bytes[at++])
    let [size, shift, byte] = [0, 0, 0]
    do {
      byte = bytes[at++]
      size |= (byte & 127) << shift
      shift += 7
    } while (byte & 128)
    at += size
  }
  return ids
}

describe('compiled kernels', () => {
  it('rebuild to the committed bytes (else run: tsx src/node/build-kernels.ts)', async () => {
    const binary = await compileKernels()
    expect(Buffer.from(binary).equals(Buffer.from(kernelBytes()))).toBe(true)
    const committed = readFileSync(join(import.meta.dirname, '../kernels/kernels.generated.ts'), 'utf8')
    expect(committed).toBe(generatedSource(binary))
  })

  it('have no data, no globals, no start function: nothing to overwrite in a heap that is not theirs', () => {
    const ids = sectionIds(kernelBytes())
    expect(ids).toContain(10)
    for (const forbidden of [6, 8, 9, 11, 12]) expect(ids).not.toContain(forbidden)
  })

  it('refuse a backend without a wasm heap', async () => {
    await expect(attachKernels({})).rejects.toThrow(/wasm backend/)
    const strange = { wasm: { _malloc: () => 0, _free: () => {}, HEAPU8: new Uint8Array(8), asm: {} } }
    await expect(attachKernels(strange)).rejects.toThrow(/no WebAssembly.Memory/)
  })
})
