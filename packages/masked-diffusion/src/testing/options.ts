/** @file Options of a model entry with all but a few at their defaults. */
import { type MaskedOptions, maskedOptionsSchema } from '@trivium/schema'

export function optionsWith(some: Partial<MaskedOptions> = {}): MaskedOptions {
  return maskedOptionsSchema.parse(some)
}
