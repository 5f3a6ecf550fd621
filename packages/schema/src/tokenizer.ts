/** @file A tokenizer as JSON: what a checkpoint's manifest carries and `tokenizer.json` holds. */
import { z } from 'zod'

const header = {
  format: z.literal('trivium-tokenizer'),
  version: z.literal(1),
  ends: z.literal(true).optional().describe('EOS and PAD are written too: answers differ in length'),
}
const id = z.number().int().min(0).max(65535)

/** Characters, each once, in id order. */
export const symbolsSchema = z.string().min(1).max(65536)

export const tokenizerFileSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...header, type: z.literal('char'), alphabet: z.enum(['text8', 'general']) }),
  z.strictObject({ ...header, type: z.literal('symbols'), characters: symbolsSchema }),
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
