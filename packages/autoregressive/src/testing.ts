/** @file For tests: a small model whose heads are not zero. */
import { flattenParams, mapParams, type ParamTree, tensor } from '@trivium/engine'
import { type LanguageModel, plainVocabulary, type Vocabulary } from '@trivium/language-model'
import type { MarkovLanguage } from '@trivium/languages'
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

/** Its predictions differ by prefix, and its draft heads guess. */
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
      return zeroed.has(path)
        ? normalTensor(createRng(9).fork(path.replace(/^drafts\.\d+/, 'head')), x.shape, 0.2)
        : x
    }),
  )
  return model
}

/**
 * A Markov language as a model, exactly: what is read stands alone in the residual stream, so each head is a table. Draft head
 * j knows the law of the token j places behind the next one, and nothing of what lies between.
 */
export function exactModel({ initial, transition }: MarkovLanguage, draftHeads: number): LanguageModel {
  const options = autoregressiveOptionsSchema.parse({ draftHeads })
  const config = { backbone: smallBackbone, vocabulary: plain, options, rng: createRng(1) }
  const model = createAutoregressive(config)
  const { width } = smallBackbone
  // Row i: ln p of what follows token i by `steps` places, over the √width that the norm makes of a lone 1.
  const table = (steps: number): Float32Array => {
    const out = new Float32Array(width * initial.length)
    for (const [token, next] of [...transition.entries(), [plain.bos, initial] as const]) {
      let law = [...next]
      for (let s = 1; s < steps; s++)
        law = law.map((_, b) => law.reduce((sum, p, a) => sum + p * transition[a][b], 0))
      out.set(
        law.map((p) => Math.log(p) / Math.sqrt(width)),
        token * initial.length,
      )
    }
    return out
  }
  model.setParams(
    mapParams(model.params as ParamTree, (x, path) => {
      const values = new Float32Array(x.size)
      const head = /^(?:head|drafts\.(\d+))\.weight$/.exec(path)
      if (path === 'embedding') for (let i = 0; i < x.shape[0]; i++) values[i * width + i] = 1
      else if (head !== null) values.set(table(head[1] === undefined ? 1 : Number(head[1]) + 2))
      else if (!/\.(output|down|mix)$/.test(path)) return x
      return tensor(values, x.shape)
    }),
  )
  return model
}
