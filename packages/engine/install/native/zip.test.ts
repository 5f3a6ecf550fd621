import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { RuntimeFailure } from '@trivium/schema'
import { afterAll, describe, expect, it } from 'vitest'
import { extractZip } from './zip.ts'

const folder = mkdtempSync(join(tmpdir(), 'trivium-zip-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A zip archive after the specification, independent of the reader; local headers get an extra field of their own. */
function makeZip(files: Record<string, string>, method: 0 | 8): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text)
    const packed = method === 8 ? deflateRawSync(data) : data
    const sizes = [crc32(data), packed.length, data.length]
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    for (const [i, x] of sizes.entries()) local.writeUInt32LE(x, 14 + 4 * i)
    local.writeUInt16LE(name.length, 26)
    local.writeUInt16LE(4, 28)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(method, 10)
    for (const [i, x] of sizes.entries()) central.writeUInt32LE(x, 16 + 4 * i)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(offset, 42)
    directory.push(central, Buffer.from(name))
    const entry = Buffer.concat([local, Buffer.from(name), Buffer.alloc(4), packed])
    parts.push(entry)
    offset += entry.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, listing, end])
}

const write = (name: string, bytes: Buffer): string => {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

describe('extractZip', () => {
  const files = {
    'tensorflow/lib.so.2': 'machine code '.repeat(1000),
    'tensorflow/x.py': 'print()',
    empty: '',
  }

  it.each([0, 8] as const)('writes what it is asked for and nothing else (method %i)', async (method) => {
    const out = join(folder, `out-${method}`)
    const archive = write(`m${method}.whl`, makeZip(files, method))
    expect(await extractZip(archive, out, /lib|empty/)).toEqual(['tensorflow/lib.so.2', 'empty'])
    expect(readFileSync(join(out, 'tensorflow/lib.so.2'), 'utf8')).toBe(files['tensorflow/lib.so.2'])
    expect(readFileSync(join(out, 'empty'), 'utf8')).toBe('')
    expect(() => readFileSync(join(out, 'tensorflow/x.py'))).toThrow(/ENOENT/)
  })

  it('finds a flipped byte, a cut archive, a missing file and a path that leads outside', async () => {
    const whole = makeZip(files, 0)
    const flipped = Buffer.from(whole)
    flipped[100] ^= 1
    const refused = async (name: string, bytes: Buffer, what: RegExp, keep = /lib/): Promise<void> => {
      const error: unknown = await extractZip(write(name, bytes), join(folder, 'bad'), keep).catch(
        (e: unknown) => e,
      )
      expect(error).toBeInstanceOf(RuntimeFailure)
      expect((error as Error).message).toMatch(what)
    }
    await refused('flipped', flipped, /lib\.so\.2 is damaged \(13000 of 13000 bytes, CRC-32 wrong\)/)
    await refused('cut', whole.subarray(0, -30), /no zip archive, or was cut off/)
    await refused('other', whole, /holds no file that matches cuda/, /cuda/)
    await refused('slip', makeZip({ '../lib': 'x' }, 0), /a file outside of itself: \.\.\/lib/)
  })
})
