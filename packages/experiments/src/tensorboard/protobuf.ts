/** @file Protocol buffers as far as event files need them: fields of a message as bytes (protobuf.dev, encoding). */

const text = new TextEncoder()

/** Base-128, least significant group first. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = BigInt(value)
  do {
    const low = Number(left & 0x7fn)
    left >>= 7n
    bytes.push(left > 0n ? low | 0x80 : low)
  } while (left > 0n)
  return Uint8Array.from(bytes)
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const tag = (field: number, wire: 0 | 1 | 2 | 5): Uint8Array => varint(field * 8 + wire)

function littleEndian(bytes: 4 | 8, values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes * values.length))
  values.forEach((value, i) => {
    if (bytes === 8) view.setFloat64(8 * i, value, true)
    else view.setFloat32(4 * i, value, true)
  })
  return new Uint8Array(view.buffer)
}

export const integer = (field: number, value: number): Uint8Array => joined([tag(field, 0), varint(value)])
export const double = (field: number, value: number): Uint8Array =>
  joined([tag(field, 1), littleEndian(8, [value])])
export const float = (field: number, value: number): Uint8Array =>
  joined([tag(field, 5), littleEndian(4, [value])])
/** A message, or bytes, within another. */
export const message = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = joined(parts)
  return joined([tag(field, 2), varint(body.length), body])
}
export const string = (field: number, value: string): Uint8Array => message(field, text.encode(value))
export const packedDoubles = (field: number, values: readonly number[]): Uint8Array =>
  message(field, littleEndian(8, values))
