/** @file For tests: a small model whose heads are not zero. */
import { flattenParams, mapParams, type ParamTree, type Tensor, tensor } from '@trivium/engine'
import { type LanguageModel, plainVocabulary, type Vocabulary } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { type AutoregressiveOptions, autoregressiveOptionsSchema, type BackboneConfig } from '@trivium/schema'
import { normalTensor, resolveBackbone } from '@trivium/transformer'
import { createAutoregressive } from './index.ts'

const plain = plainVocabulary(3)
export const fimVocabulary: Vocabulary = { ...plain, size: 10, fim: { prefix: 7, suffix: 8, middle: 9 } }

export const smallBackbone: BackboneConfig = resolveBackbone({
  depth: 2,
  width: 16,
  heads: 2,
  convolution: 4,
  context: 16,
})

/** Its predictions differ by prefix and by what is left of a gap, and its draft heads guess. */
export function livelyModel(some: Partial<AutoregressiveOptions> = {}): LanguageModel {
  const options = autoregressiveOptionsSchema.parse(some)
  const config = { backbone: smallBackbone, vocabulary: fimVocabulary, options, rng: createRng(1) }
  const model = createAutoregressive(config)
  const zeroed = new Set(
    flattenParams(model.params).flatMap(([path]) =>
      /(^head|^drafts\.\d+)\.(weight|bias)$/.test(path) ? [path] : [],
    ),
  )
  model.setParams(
    mapParams(model.params as ParamTree, (x, path) => {
      if (path === 'countdown') return livelyCountdown(x.shape)
      return zeroed.has(path)
        ? normalTensor(createRng(9).fork(path.replace(/^drafts\.\d+/, 'head')), x.shape, 0.2)
        : x
    }),
  )
  return model
}

/** Row 0, outside of gaps, stays zero: plain rows are those of a model without one. */
function livelyCountdown([rows, width]: readonly number[]): Tensor {
  const values = Float32Array.from(
    createRng(9)
      .fork('countdown')
      .normals(rows * width),
  )
  return tensor(values.fill(0, 0, width), [rows, width])
}
