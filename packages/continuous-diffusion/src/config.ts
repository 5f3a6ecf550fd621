/** @file What a continuous model is made from. */
import type { Vocabulary } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { BackboneConfig, ContinuousOptions } from '@trivium/schema'

export type ContinuousDiffusionConfig = {
  readonly backbone: BackboneConfig
  readonly options: ContinuousOptions
  readonly vocabulary: Vocabulary
  readonly rng: Rng
  /** What a model with `options.distil` learns from: one of this package; none where it is only used. */
  readonly teacher?: object
}
