/**
 * @file The inside of models of this package: what works on a finished model and is none of the three verbs finds space and
 * schedule here.
 */
import type { LanguageModel } from '@trivium/language-model'
import { InputError } from '@trivium/schema'
import type { NoiseSchedule } from '../gaussian/process.ts'
import type { StateSpace } from '../gaussian/space.ts'

export type Inside = { readonly space: () => Promise<StateSpace>; readonly schedule: NoiseSchedule }

const insides = new WeakMap<object, Inside>()

export function showInside(model: LanguageModel, inside: Inside): void {
  insides.set(model, inside)
}

/**
 * @param who asks, for the error
 * @throws InputError for a model that is no continuous one of embeddings
 */
export function insideOf(model: object, who: string): Inside {
  const inside = insides.get(model)
  if (inside === undefined) throw new InputError(`${who} wants a continuous model of embeddings`)
  return inside
}
