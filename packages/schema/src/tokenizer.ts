/** @file A tokenizer as JSON: what a checkpoint's manifest carries and `tokenizer.json` holds. */
import { z } from 'zod'

const header = { format: z.literal('trivium-tokenizer'), version: z.literal(1) }
const id = z.number().int().min(0).max(65535)

export const tokenizerFileSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...header, type: z.literal('char'), alphabet: z.enum(['text8', 'general']) }),
  z.strictObject({ ...header, type: z.literal('byte') }),
  z.strictObject({
    ...header,
    type: z.literal('bpe'),
    merges: z
      .array(z.tuple([id, id]))
      .max(65536 - 256)
      .describe('pairs of token ids; merge number r makes token 256 + r'),
  }),
])
export type TokenizerFile = z.infer<typeof tokenizerFileSchema>
