/** @file The JSON header of a safetensors file, read as foreign data: nothing in it is believed before it is checked. */
import {
  InputError,
  parseInput,
  parseJson,
  safetensorsEntrySchema,
  safetensorsHeaderSchema,
} from '@trivium/schema'

/** What is read: bytes of one value by dtype. */
export const dtypeWidths = { F32: 4, F16: 2, I32: 4 } as const
export type Dtype = keyof typeof dtypeWidths
/** Where a tensor stands, in bytes after the header. */
export type HeaderEntry = { dtype: Dtype; shape: number[]; data_offsets: [begin: number, end: number] }

const remedy = 'restore it or train again'

/**
 * The tensors of a header by name, in the order of their bytes, and all of them together are all of the data.
 * @param source names the file in errors
 * @param dataBytes how many bytes follow the header
 * @throws InputError when the header is no JSON object, an entry lacks a key, has a dtype that is not read or bytes that are
 * not its own
 */
export function parseHeader(text: string, source: string, dataBytes: number): [string, HeaderEntry][] {
  const { __metadata__: _, ...tensors } = parseInput(
    safetensorsHeaderSchema,
    parseJson(text, `the header of ${source}`, remedy),
    `the header of ${source}`,
  )
  const entries = Object.entries(tensors)
    .map(([name, value]) => checkedEntry(name, value, source))
    .sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1])
  let end = 0
  for (const [name, { data_offsets }] of entries) {
    if (data_offsets[0] !== end || data_offsets[1] > dataBytes)
      throw new InputError(
        `${source}: tensor ${name} lies at bytes ${data_offsets.join(' … ')}, wanted from ${end} on and up to ${dataBytes} at most; ${remedy}`,
      )
    end = data_offsets[1]
  }
  if (end !== dataBytes)
    throw new InputError(`${source}: its tensors fill ${end} bytes of ${dataBytes}; ${remedy}`)
  return entries
}

function checkedEntry(name: string, value: unknown, source: string): [string, HeaderEntry] {
  const what = `tensor ${name} of ${source}`
  const { dtype, shape, data_offsets } = parseInput(safetensorsEntrySchema, value, what)
  if (!isDtype(dtype))
    throw new InputError(
      `${what} has dtype ${dtype}; this reads ${Object.keys(dtypeWidths).join(', ')}: convert it, e.g. with .float() in PyTorch`,
    )
  const bytes = data_offsets[1] - data_offsets[0]
  const wanted = dtypeWidths[dtype] * shape.reduce((a, b) => a * b, 1)
  if (bytes !== wanted)
    throw new InputError(`${what} has ${bytes} bytes where its shape [${shape}] wants ${wanted}; ${remedy}`)
  return [name, { dtype, shape, data_offsets }]
}

const isDtype = (dtype: string): dtype is Dtype => Object.hasOwn(dtypeWidths, dtype)
