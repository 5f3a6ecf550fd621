import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { crc32c } from './crc32c.ts'
import { openEventLog } from './tensorboard.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

it.each([
  // RFC 3720, B.4.
  ['00'.repeat(32), 0x8a9136aa],
  ['ff'.repeat(32), 0x62a8ab43],
  [Buffer.from('123456789').toString('hex'), 0xe3069283],
  ['', 0],
])('crc32c of %s', (data, wanted) => expect(crc32c(hex(data))).toBe(wanted))

it('an event file is, to the byte, what protocol buffers and TFRecord say', () => {
  const folder = mkdtempSync(join(tmpdir(), 'events-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const log = openEventLog(folder, () => 2000)
  log.scalars(300, { loss: 0.5, bad: Number.NaN })
  log.scalars(301, { bad: Number.POSITIVE_INFINITY })
  openEventLog(folder, () => 3000).scalars(301, { loss: 0.25 })
  const files = readdirSync(folder).sort()
  expect(files).toEqual([
    'events.out.tfevents.0000000002.0000.trivium',
    'events.out.tfevents.0000000003.0001.trivium',
  ])
  const file = readFileSync(join(folder, files[0]))
  const events: Uint8Array[] = []
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at))
    events.push(Uint8Array.from(file.subarray(at + 12, at + 12 + length)))
    at += 16 + length
  }
  expect(events).toEqual([
    // wall_time = 2.0, file_version = "brain.Event:2"
    hex('09 0000000000000040 1a 0d 627261696e2e4576656e743a32'),
    // wall_time = 2.0, step = 300, summary { value { tag: "loss", simple_value: 0.5 } }
    hex('09 0000000000000040 10 ac02 2a 0d 0a 0b 0a 04 6c6f7373 15 0000003f'),
  ])
  // The length 24 and its masked checksum, with which every file of TensorFlow begins.
  expect(file.readUInt32LE(8)).toBe(0x224b7fa3)
})
