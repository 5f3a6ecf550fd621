/**
 * @file Takes files out of a wheel (a zip archive) as streams: the largest is over a gigabyte, and neither `unzip` nor
 * Python is on every machine. Format: PKWARE APPNOTE 6.3, without zip64 (wheels stay below 4 GB).
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'
import { RuntimeFailure } from '@trivium/schema'

type Entry = {
  path: string
  method: number
  crc: number
  packed: number
  bytes: number
  offset: number
  mode: number
}

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50

/**
 * Writes the files of `archive` whose path matches `keep` below `folder`, each checked against its size and CRC-32.
 * @returns the paths written.
 * @throws RuntimeFailure when the archive is damaged or holds none of them.
 */
export async function extractZip(archive: string, folder: string, keep: RegExp): Promise<string[]> {
  const entries = (await readDirectory(archive)).filter(({ path }) => keep.test(path) && !path.endsWith('/'))
  if (entries.length === 0) throw new RuntimeFailure(`${archive} holds no file that matches ${keep.source}`)
  for (const entry of entries) {
    if (entry.path.startsWith('/') || entry.path.split(/[\\/]/).includes('..'))
      throw new RuntimeFailure(`${archive} holds a file outside of itself: ${entry.path}`)
    await extractEntry(archive, entry, join(folder, entry.path))
  }
  return entries.map(({ path }) => path)
}

async function readDirectory(archive: string): Promise<Entry[]> {
  const file = await open(archive)
  try {
    const { size } = await file.stat()
    const tail = Buffer.alloc(Math.min(size, 22 + 0xffff))
    await file.read(tail, 0, tail.length, size - tail.length)
    let end = tail.length - 22
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--
    if (end < 0) throw new RuntimeFailure(`${archive} is no zip archive, or was cut off (${size} bytes)`)
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12))
    const { bytesRead } = await file.read(directory, 0, directory.length, tail.readUInt32LE(end + 16))
    if (bytesRead !== directory.length)
      throw new RuntimeFailure(`${archive} is damaged: its directory is cut off`)
    return parseDirectory(directory, archive)
  } finally {
    await file.close()
  }
}

function parseDirectory(directory: Buffer, archive: string): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== CENTRAL)
      throw new RuntimeFailure(`${archive} is damaged: no directory entry at ${at}`)
    const nameBytes = directory.readUInt16LE(at + 28)
    entries.push({
      path: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      // The upper half holds the Unix mode where the archive was made on Unix.
      mode: directory.readUInt16LE(at + 40) & 0o777,
      offset: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

async function extractEntry(archive: string, entry: Entry, target: string): Promise<void> {
  const bad = (what: string): RuntimeFailure => new RuntimeFailure(`${archive}: ${entry.path} ${what}`)
  if (entry.method !== 0 && entry.method !== 8)
    throw bad(`is packed with method ${entry.method}, not deflate`)
  const start = await dataStart(archive, entry, bad)
  let crc = 0
  let bytes = 0
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      crc = crc32(chunk, crc)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  await mkdir(dirname(target), { recursive: true })
  const output = createWriteStream(target, { mode: (entry.mode & 0o111) === 0 ? 0o644 : 0o755 })
  if (entry.packed === 0) await pipeline([], check, output)
  else {
    const input = createReadStream(archive, { start, end: start + entry.packed - 1, highWaterMark: 1 << 20 })
    try {
      await (entry.method === 8
        ? pipeline(input, createInflateRaw({ chunkSize: 1 << 20 }), check, output)
        : pipeline(input, check, output))
    } catch (error) {
      throw bad(`could not be unpacked: ${(error as Error).message}`)
    }
  }
  if (bytes !== entry.bytes || crc !== entry.crc)
    throw bad(
      `is damaged (${bytes} of ${entry.bytes} bytes, CRC-32 ${crc === entry.crc ? 'right' : 'wrong'})`,
    )
}

/** The local header repeats name and extra field, the latter with a length of its own. */
async function dataStart(
  archive: string,
  entry: Entry,
  bad: (what: string) => RuntimeFailure,
): Promise<number> {
  const file = await open(archive)
  try {
    const header = Buffer.alloc(30)
    await file.read(header, 0, 30, entry.offset)
    if (header.readUInt32LE(0) !== LOCAL) throw bad('has no header where the directory says')
    return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  } finally {
    await file.close()
  }
}
