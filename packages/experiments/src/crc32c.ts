/** @file CRC-32C (Castagnoli), the checksum of TFRecord. */

/** The polynomial with its bits reversed. */
const polynomial = 0x82f63b78
const steps: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  return value
})

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crc >>> 8) ^ steps[(crc ^ byte) & 255]
  return (crc ^ 0xffffffff) >>> 0
}
