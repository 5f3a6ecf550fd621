/**
 * @file A TensorBoard event file beside metrics.jsonl: scalars of a training as TensorBoard's own readers take them, without its
 * libraries. Records are framed as TFRecord; an event is a protocol buffer of a few fields (tensorflow/core/util/event.proto).
 */
import { closeSync, existsSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { asFailure, discard, makeFolder } from '@trivium/files'
import { crc32c } from './crc32c.ts'

export type Scalars = Readonly<Record<string, number>>
export type EventLog = {
  /** Values of one step; what is not finite is left out. @throws RuntimeFailure on a full disk */
  readonly scalars: (step: number, values: Scalars) => void
}

/**
 * The event file of a training. What an earlier sitting wrote stays: a resumed run begins a file of its own, and TensorBoard
 * takes what the later one says of a step.
 * @param folder `tensorboard/` of the model
 * @throws RuntimeFailure on a full disk
 */
export function openEventLog(folder: string, now: () => number = Date.now): EventLog {
  const number = existsSync(folder) ? readdirSync(folder).length : 0
  // Readers know a file by `tfevents` and take several in the order of their names.
  const seconds = String(Math.floor(now() / 1000)).padStart(10, '0')
  const path = join(folder, `events.out.tfevents.${seconds}.${String(number).padStart(4, '0')}.trivium`)
  const append = (event: Uint8Array, flags: 'wx' | 'a'): void => {
    try {
      makeFolder(folder)
      const file = openSync(path, flags)
      try {
        writeSync(file, framed(event))
      } finally {
        closeSync(file)
      }
    } catch (error) {
      if (flags === 'wx') discard(path)
      throw asFailure(error, path)
    }
  }
  append(message(double(1, now() / 1000), bytes(3, utf8('brain.Event:2'))), 'wx')
  return {
    scalars(step, values) {
      const finite = Object.entries(values).filter(([, value]) => Number.isFinite(value))
      if (finite.length === 0) return
      const summary = message(
        ...finite.map(([tag, value]) => bytes(1, message(bytes(1, utf8(tag)), float(2, value)))),
      )
      append(message(double(1, now() / 1000), varint(2, step), bytes(5, summary)), 'a')
    },
  }
}

/** Length, its checksum, the data, its checksum. */
function framed(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, masked(record.subarray(0, 8)), true)
  record.set(data, 12)
  view.setUint32(12 + data.length, masked(data), true)
  return record
}

/** A checksum of data that holds checksums would be weak, so theirs is rotated and shifted. */
function masked(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function message(...fields: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(fields.flat())
}

/** Seven bits a byte, the lowest first. Division, since a step may exceed 32 bits. */
function varintBytes(value: number): number[] {
  const low = value % 128
  return value < 128 ? [low] : [low + 128, ...varintBytes(Math.floor(value / 128))]
}

const varint = (field: number, value: number): number[] => [field << 3, ...varintBytes(value)]
const bytes = (field: number, value: Uint8Array): number[] => [
  (field << 3) | 2,
  ...varintBytes(value.length),
  ...value,
]
const double = (field: number, value: number): number[] => [
  (field << 3) | 1,
  ...new Uint8Array(new Float64Array([value]).buffer),
]
const float = (field: number, value: number): number[] => [
  (field << 3) | 5,
  ...new Uint8Array(new Float32Array([value]).buffer),
]
