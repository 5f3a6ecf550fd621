/**
 * @file Samplers without a network: a Markov language knows its own exact denoiser, so what a sampler gets wrong is the
 * sampler's alone. Few steps write tokens together that do not fit; many steps reach the language's own noise floor.
 */
import { divergenceFloor, transitionDivergence } from '@trivium/evaluation'
import { drain, freeCanvas, plainVocabulary } from '@trivium/language-model'
import { exactDenoiser, markovLanguage } from '@trivium/languages'
import { createAbsorbingProcess, decodeMasked } from '@trivium/masked-diffusion'
import { createRng } from '@trivium/random'

const transition = [
  [0.1, 0.8, 0.1],
  [0.1, 0.1, 0.8],
  [0.8, 0.1, 0.1],
]
const language = markovLanguage({ transition })
const vocabulary = plainVocabulary(language.vocabSize)
const denoise = exactDenoiser(language, vocabulary.mask)

const [rows, length] = [64, 32]
const model = { denoise, vocabulary, process: createAbsorbingProcess('linear') }
for (const steps of [1, 4, 16, 64]) {
  const canvas = Array.from({ length: rows }, () => freeCanvas(length, vocabulary))
  const sampler = { type: 'ancestral', steps, temperature: 1 } as const
  const drawn = await drain(decodeMasked({ canvas, sampler, seed: 1 }, model))
  const { kl } = transitionDivergence(
    drawn.rows.map(({ tokens }) => tokens),
    transition,
  )
  console.log(`${steps} steps: ${kl.toFixed(4)} nats from the language in ${drawn.cost.forwards} forwards`)
}
const floor = divergenceFloor((rng, n) => language.sample(rng, n), transition, {
  rows,
  length,
  rng: createRng(1),
})
console.log(`the language itself, as many texts: ${floor.kl.toFixed(4)} nats`)
