/**
 * @file TensorBoard's event files: TFRecords of `Event` messages (tensorflow/core/util/event.proto, summary.proto). A record that a
 * crash tore is the last one that is read; a run that goes on begins a file of its own.
 */
import { appendFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { asFailure, makeFolder, writeAtomically } from '@trivium/files'
import { double, float, integer, joined, message, packedDoubles, string } from './protobuf.ts'

export type Summary =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: readonly number[] }
  | { readonly tag: string; readonly text: string }
export type Event = { readonly step: number; readonly summaries: readonly Summary[] }

/** The file of a sitting. Others that write at the same second are other processes. */
export const eventFile = (folder: string, now: Date = new Date()): string =>
  join(
    folder,
    `events.out.tfevents.${String(Math.floor(now.getTime() / 1000)).padStart(10, '0')}.${hostname()}.${process.pid}.0`,
  )

/** Appends an event; the first makes the file. @throws RuntimeFailure on a full disk */
export function appendEvent(path: string, event: Event, isFirst: boolean, now: Date = new Date()): void {
  try {
    if (isFirst) makeFolder(join(path, '..'))
    const start = isFirst ? [record(header(now)), record(restart(event.step, now))] : []
    appendFileSync(path, joined([...start, record(encode(event, now))]))
  } catch (error) {
    throw asFailure(error, path)
  }
}

/** Writes a whole file at once. @throws RuntimeFailure on a full disk */
export function writeEvents(path: string, events: readonly Event[], now: Date = new Date()): void {
  writeAtomically(path, joined([header(now), ...events.map((event) => encode(event, now))].map(record)))
}

const header = (now: Date): Uint8Array => joined([double(1, seconds(now)), string(3, 'brain.Event:2')])
/** SessionLog START: what an earlier file has of this step and later ones is void. */
const restart = (step: number, now: Date): Uint8Array =>
  joined([double(1, seconds(now)), integer(2, step), message(7, integer(1, 1))])
const seconds = (now: Date): number => now.getTime() / 1000

const encode = ({ step, summaries }: Event, now: Date): Uint8Array =>
  joined([
    double(1, seconds(now)),
    integer(2, step),
    message(5, ...summaries.map((summary) => message(1, valueOf(summary)))),
  ])

function valueOf(summary: Summary): Uint8Array {
  const tag = string(1, summary.tag)
  if ('scalar' in summary) return joined([tag, float(2, summary.scalar)])
  if ('histogram' in summary) return joined([tag, message(5, ...histogram(summary.histogram))])
  const stringType = 7
  const tensor = message(
    8,
    integer(1, stringType),
    message(2, message(2, integer(1, 1))),
    string(8, summary.text),
  )
  return joined([tag, message(9, message(1, string(1, 'text'))), tensor])
}

const buckets = 20

/** Of shares: as many buckets of one width from 0 to 1. */
function histogram(values: readonly number[]): Uint8Array[] {
  const limits = Array.from({ length: buckets }, (_, i) => (i + 1) / buckets)
  const counts = new Array<number>(buckets).fill(0)
  for (const value of values) counts[Math.min(buckets - 1, Math.max(0, Math.ceil(value * buckets) - 1))]++
  const sum = (of: (value: number) => number): number => values.reduce((total, value) => total + of(value), 0)
  return [
    double(
      1,
      values.reduce((a, b) => Math.min(a, b), 1),
    ),
    double(
      2,
      values.reduce((a, b) => Math.max(a, b), 0),
    ),
    double(3, values.length),
    double(
      4,
      sum((v) => v),
    ),
    double(
      5,
      sum((v) => v * v),
    ),
    packedDoubles(6, limits),
    packedDoubles(7, counts),
  ]
}

/** length, its checksum, the data, theirs. */
function record(data: Uint8Array): Uint8Array {
  const length = new DataView(new ArrayBuffer(8))
  length.setBigUint64(0, BigInt(data.length), true)
  const bytes = new Uint8Array(length.buffer)
  return joined([bytes, checksum(bytes), data, checksum(data)])
}

/** CRC-32C, masked as TFRecord has it. */
function checksum(data: Uint8Array): Uint8Array {
  const crc = crc32c(data)
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, masked, true)
  return new Uint8Array(view.buffer)
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1
  return c
})

/** Castagnoli's polynomial, reflected. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
