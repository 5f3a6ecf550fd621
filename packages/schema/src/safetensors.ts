/** @file The header of a safetensors file: where each tensor stands. Other tools write such files too, so keys may be more. */
import { z } from 'zod'

const whole = z.number().int().nonnegative()

export const safetensorsEntrySchema = z.object({
  dtype: z.string(),
  shape: z.array(whole),
  data_offsets: z.tuple([whole, whole]).describe('begin and end, in bytes after the header'),
})

/** By tensor name; `__metadata__` is none. */
export const safetensorsHeaderSchema = z.record(z.string(), z.unknown())
