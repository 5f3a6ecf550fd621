/** Event files byte by byte; `pnpm check:exports` has TensorBoard itself read them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { trainingBoard } from './board.ts'
import { appendEvent, crc32c, eventFile, writeEvents } from './event-file.ts'
import { varint } from './protobuf.ts'

const folder = mkdtempSync(join(tmpdir(), 'events-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The records of a file, each held against its checksums. */
function records(path: string): Buffer[] {
  const bytes = readFileSync(path)
  const unmask = (at: number): number => {
    const masked = (bytes.readUInt32LE(at) - 0xa282ead8) >>> 0
    return ((masked << 15) | (masked >>> 17)) >>> 0
  }
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    expect(unmask(at + 8)).toBe(crc32c(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(unmask(at + 12 + length)).toBe(crc32c(data))
    found.push(data)
    at += length + 16
  }
  return found
}

it('checksums are Castagnoli’s (RFC 3720, B.4), varints those of the specification', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect([...varint(150)]).toEqual([0x96, 0x01])
  expect([...varint(2 ** 40)]).toEqual([0x80, 0x80, 0x80, 0x80, 0x80, 0x20])
})

it('a sitting begins with the version and a restart, which voids what an earlier one wrote after its step', () => {
  const now = new Date(1_700_000_000_500)
  const path = eventFile(folder, now)
  expect(path).toMatch(/events\.out\.tfevents\.1700000000\./)
  appendEvent(path, { step: 7, summaries: [{ tag: 'loss', scalar: 0.5 }] }, true, now)
  appendEvent(path, { step: 8, summaries: [{ tag: 'loss', scalar: 0.25 }] }, false, now)
  const [version, restart, first, second, ...more] = records(path)
  expect(more).toEqual([])
  expect(version.toString('latin1')).toContain('brain.Event:2')
  expect(version.readDoubleLE(1)).toBe(1_700_000_000.5)
  // step 7 (field 2), session_log { status: START } (field 7)
  expect([...restart.subarray(9)]).toEqual([0x10, 7, 0x3a, 2, 0x08, 1])
  // summary (5) { value (1) { tag (1) 'loss', simple_value (2) } }
  const half = [0x15, 0, 0, 0, 0x3f]
  expect([...first.subarray(9)]).toEqual([
    0x10,
    7,
    0x2a,
    13,
    0x0a,
    11,
    0x0a,
    4,
    ...Buffer.from('loss'),
    ...half,
  ])
  expect(second.readFloatLE(second.length - 4)).toBe(0.25)
})

it('histograms count every confidence once', () => {
  const path = join(folder, 'histogram')
  writeEvents(path, [{ step: 1, summaries: [{ tag: 'c', histogram: [0, 0.05, 0.051, 1, 1] }] }])
  const [, event] = records(path)
  const counts = Array.from({ length: 20 }, (_, i) => event.readDoubleLE(event.length - 8 * (20 - i)))
  expect(counts).toEqual([2, 1, ...new Array(17).fill(0), 2])
})

it('a training writes the scalars of each progress', () => {
  const directory = join(folder, 'model')
  const board = trainingBoard(directory)
  const progress = {
    step: 1,
    totalSteps: 2,
    tokens: 64,
    seconds: 1,
    tokensPerSecond: 64,
    etaSeconds: 1,
    loss: 3,
  }
  board({ ...progress, gradientNorm: 1, learningRate: 0.1, validation: null })
  board({ ...progress, gradientNorm: 1, learningRate: 0.1, validation: 4, step: 2 })
  const [file] = readdirSync(directory)
  const [, , first, second] = records(join(directory, file)).map((data) => data.toString('latin1'))
  expect(first).toContain('loss, nats a token')
  expect(first).not.toContain('validation')
  expect(second).toContain('validation, bits a character')
})
