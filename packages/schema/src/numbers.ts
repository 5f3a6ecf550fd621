/**
 * @file The legal numbers of every file that a person writes. Both ends are said, so that a slip of the finger is one line
 * before the start, never a NaN, a full memory or an endless run after it.
 */
import { z } from 'zod'

/** A whole number from `least` (1) up. */
export const count = (most: number, least: number = 1): z.ZodNumber => z.number().int().min(least).max(most)

/** Positions of a row, rows of a batch, steps of a sampler, ids of a vocabulary. */
export const size: z.ZodNumber = count(65_536)

/** 0 … 1, both legal. */
export const share: z.ZodNumber = z.number().min(0).max(1)

/** Of a moving average: 1 would never take anything in, and its bias correction divides by zero. */
export const decay: z.ZodNumber = z.number().min(0).lt(1)

/** Divides logits, less their largest, so the smallest is as safe as any; 0 is the limit, the most likely token. */
export const temperature: z.ZodNumber = z.number().min(0).max(100)
