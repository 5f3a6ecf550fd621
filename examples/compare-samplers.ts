/**
 * @file Two samplers of one checkpoint, measured alike: a judge's bits a character, entropy and valid words, with intervals,
 * beside the same of held-out text. Sure draws first (low-confidence) read smoother to the judge because they vary less.
 */
import { loadDataset } from '@trivium/corpus/node'
import { startEngine } from '@trivium/engine/node'
import { buildReference, heldOutTexts, qualityMetrics } from '@trivium/evaluation'
import { freeCanvas } from '@trivium/language-model'
import { openModel } from '@trivium/models/node'

const [texts, length] = [16, 64]
await startEngine('wasm')
const { model, tokenizer } = openModel('node_modules/@trivium/checkpoints/sotu-masked')
const { train, test } = await loadDataset({ name: 'sotu', view: 'text8' })
const reference = buildReference({
  train: train.slice(-500_000),
  heldOut: test,
  judgeOrder: 6,
})

const show = (name: string, written: readonly string[]): void => {
  const metrics = qualityMetrics(written, reference)
    .filter(({ name }) => ['judge-bits', 'entropy', 'word-validity'].includes(name))
    .map(
      ({ name, value, ci95 }) => `${name} ${value.toFixed(2)} [${ci95?.map((x) => x.toFixed(2)).join(', ')}]`,
    )
  console.log(`${name}: ${metrics.join('; ')}`)
}

for (const type of ['ancestral', 'low-confidence'] as const) {
  const canvas = Array.from({ length: texts }, () => freeCanvas(length, model.vocabulary))
  const { rows } = await model.generate({ canvas, sampler: { type, steps: 16, temperature: 1 }, seed: 1 })
  show(
    type,
    rows.map(({ tokens }) => tokenizer.decode(tokens)),
  )
}
show('held-out text', heldOutTexts(reference, texts, length))
