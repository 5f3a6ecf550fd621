/** @file The autoregressive language model: next-token cross-entropy, exact likelihood, cached generation. */
import { disposeParams } from '@trivium/engine'
import { checkRows, drain, type LanguageModel, type Vocabulary } from '@trivium/language-model'
import type { Rng } from '@trivium/random'
import type { AutoregressiveOptions, BackboneConfig } from '@trivium/schema'
import { decodeRows } from './decode.ts'
import { fimSentinels } from './fim.ts'
import { exactLikelihood } from './likelihood.ts'
import { trainingLoss } from './loss.ts'
import { type AutoregressiveParams, initNetwork, type Network } from './network.ts'

export type AutoregressiveConfig = {
  readonly backbone: BackboneConfig
  readonly vocabulary: Vocabulary
  readonly options: AutoregressiveOptions
  readonly rng: Rng
}

/**
 * A new model with initial weights; the head is zero, so the first prediction is uniform.
 * @throws InputError when it shall fill in the middle and the vocabulary has no sentinels
 */
export function createAutoregressive({
  backbone,
  vocabulary,
  options,
  rng,
}: AutoregressiveConfig): LanguageModel {
  if (options.fimRate > 0) fimSentinels(vocabulary)
  let params = initNetwork(backbone, vocabulary, options.draftHeads, rng)
  const network = (): Network => ({ params, backbone, vocabulary, options })
  const decode: LanguageModel['decode'] = (request) => decodeRows(network(), request)
  return {
    paradigm: 'autoregressive',
    vocabulary,
    context: backbone.context,
    get params() {
      return params
    },
    setParams(next) {
      params = next as AutoregressiveParams
    },
    loss: (batch, context) => trainingLoss(network(), batch, context),
    processState: () => ({}),
    loadProcessState: () => {},
    async logLikelihood(rows, options) {
      checkRows(rows, vocabulary, backbone.context, options)
      return exactLikelihood(network(), rows, options)
    },
    decode,
    generate: (request) => drain(decode(request)),
    dispose: () => disposeParams(params),
  }
}
