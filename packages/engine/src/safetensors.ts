/**
 * @file The safetensors file format: an 8-byte little-endian header length, a JSON header, then raw tensor bytes.
 * Pure: bytes in, bytes out. F32, F16 (stored, widened on reading) and I32.
 */
import { InputError } from '@trivium/schema'
import { type Dtype, type HeaderEntry, parseHeader } from './safetensors-header.ts'

export type HostTensor = { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array }

/**
 * Encodes tensors by name. `precision: 'F16'` halves float tensors (round to nearest even).
 * @throws InputError for a finite value that F16 would turn into infinity
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  options: { precision?: 'F32' | 'F16'; metadata?: Record<string, string> } = {},
): Uint8Array {
  const header: Record<string, HeaderEntry | Record<string, string>> = {}
  if (options.metadata !== undefined) header.__metadata__ = options.metadata
  const parts: Uint8Array[] = []
  let offset = 0
  for (const name of Object.keys(tensors).sort()) {
    const { shape, values } = tensors[name]
    const dtype: Dtype = values instanceof Int32Array ? 'I32' : (options.precision ?? 'F32')
    const stored = dtype === 'F16' ? halved(name, values as Float32Array) : values
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
    header[name] = { dtype, shape: [...shape], data_offsets: [offset, offset + bytes.length] }
    parts.push(bytes)
    offset += bytes.length
  }
  const text = JSON.stringify(header)
  // Aligned to 8 bytes, as the reference implementation writes it.
  const head = new TextEncoder().encode(
    text + ' '.repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8),
  )
  const out = new Uint8Array(8 + head.length + offset)
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true)
  out.set(head, 8)
  let at = 8 + head.length
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/**
 * Decodes a file's bytes; F16 is widened to float32.
 * @throws InputError when the bytes are no whole safetensors file. `source` names it in the message.
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'safetensors'): Record<string, HostTensor> {
  const broken = (why: string): InputError =>
    new InputError(`${source} is not a whole safetensors file: ${why}; restore it or train again`)
  if (bytes.length < 8) throw broken(`${bytes.length} bytes`)
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (size > bytes.length - 8) throw broken(`its header wants ${size} bytes of ${bytes.length - 8}`)
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + size))
  const data = bytes.subarray(8 + size)
  return Object.fromEntries(
    parseHeader(header, source, data.length).map(([name, { dtype, shape, data_offsets }]) => [
      name,
      // A copy with a buffer of its own: Node's Buffer.slice would be a view into a larger one.
      { shape, values: decodeValues[dtype](new Uint8Array(data.subarray(...data_offsets)).buffer) },
    ]),
  )
}

const decodeValues: Readonly<Record<Dtype, (data: ArrayBuffer) => Float32Array | Int32Array>> = {
  F32: (data) => new Float32Array(data),
  I32: (data) => new Int32Array(data),
  F16: (data) => fromHalf(new Uint16Array(data)),
}

function halved(name: string, values: Float32Array): Uint16Array {
  const halves = toHalf(values)
  const lost = halves.findIndex((half, i) => (half & 0x7c00) === 0x7c00 && Number.isFinite(values[i]))
  if (lost >= 0)
    throw new InputError(
      `tensor ${name} holds ${values[lost]}, which F16 cannot (its largest is 65504); write it as F32`,
    )
  return halves
}

/** IEEE 754 binary16, round to nearest even; overflow becomes infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer)
  const out = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000
    const exponent = ((bits[i] >>> 23) & 0xff) - 112
    const mantissa = bits[i] & 0x7fffff
    if (exponent >= 31)
      out[i] = sign | 0x7c00 | (((bits[i] >>> 23) & 0xff) === 0xff && mantissa !== 0 ? 0x200 : 0)
    else if (exponent <= 0)
      out[i] = exponent < -10 ? sign : sign | roundShift(mantissa | 0x800000, 14 - exponent)
    else out[i] = sign | ((exponent << 10) + roundShift(mantissa, 13))
  }
  return out
}

/** value / 2^shift, ties to even. A carry runs into the exponent, as it should. */
function roundShift(value: number, shift: number): number {
  const half = 1 << (shift - 1)
  const quotient = value >>> shift
  const rest = value & ((1 << shift) - 1)
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient
}

function fromHalf(bits: Uint16Array): Float32Array {
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const sign = bits[i] & 0x8000 ? -1 : 1
    const exponent = (bits[i] >>> 10) & 0x1f
    const mantissa = bits[i] & 0x3ff
    if (exponent === 0) out[i] = sign * mantissa * 2 ** -24
    else if (exponent === 31) out[i] = mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    else out[i] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
  }
  return out
}
