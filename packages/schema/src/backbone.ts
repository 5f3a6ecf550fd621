/** @file The backbone's shape, after presets and the depth dial were applied: what a manifest holds. */
import { z } from 'zod'
import { count, size } from './numbers.ts'

export const backboneConfigSchema = z
  .strictObject({
    depth: count(1024),
    width: size,
    heads: size,
    mlpWidth: count(1_048_576),
    mlp: z.enum(['swiglu', 'relu2']),
    convolution: count(1024, 0),
    context: size,
    ropeBase: z.number().min(1).max(1e12),
    positions: z
      .enum(['rotary', 'table'])
      .optional()
      .describe(
        'table: a learned vector a position is added to the input, for rows of a fixed form such as grids; rotary alone when absent',
      ),
  })
  .refine(({ width, heads }) => width % (2 * heads) === 0, {
    path: ['width'],
    message: 'it must split into heads of an even size',
  })
export type BackboneConfig = z.infer<typeof backboneConfigSchema>
