/** @file From two random words to a double of the open interval (0, 1). */

/**
 * 53 bits of the two words, and a half so that 0 never comes. The one pair of words whose sum would round up to 1 gives the
 * largest double below 1 instead.
 */
export function openUniform(high: number, low: number): number {
  return Math.min(((high >>> 6) * 2 ** 27 + (low >>> 5) + 0.5) * 2 ** -53, 1 - 2 ** -53)
}
