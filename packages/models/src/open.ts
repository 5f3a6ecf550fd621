/** @file Opening a checkpoint folder for use. */
import { disposeParams } from '@trivium/engine'
import type { LanguageModel } from '@trivium/language-model'
import { InputError, type Manifest, type Paradigm } from '@trivium/schema'
import { type Tokenizer, tokenizerFromJSON } from '@trivium/tokenizer'
import { type Checkpoint, loadCheckpoint, treeFromHost } from '@trivium/training/node'
import { createModel } from './create.ts'

export type OpenModel = {
  readonly model: LanguageModel
  readonly manifest: Manifest
  readonly tokenizer: Tokenizer
  readonly checkpoint: Checkpoint
}

/**
 * Opens a checkpoint for use.
 * @throws InputError when it is missing, truncated, or its weights do not fit its tokenizer.
 */
export function openModel(directory: string): OpenModel {
  const checkpoint = loadCheckpoint(directory)
  const { manifest } = checkpoint
  const tokenizer = tokenizerFromJSON(manifest.tokenizer, `${directory}/manifest.json: the tokenizer`)
  checkVocabulary(checkpoint, tokenizer)
  const model = createModel({
    entry: manifest.entry,
    backbone: manifest.backbone,
    vocabulary: tokenizer.vocabulary,
    seed: manifest.seed,
  })
  const initial = model.params
  model.setParams(treeFromHost(initial, checkpoint.weights, directory))
  disposeParams(initial)
  model.loadProcessState(manifest.process)
  return { model, manifest, tokenizer, checkpoint }
}

/** The ids that a paradigm's embedding has rows for: text tokens, or specials too. */
const embeddedIds: Readonly<Record<Paradigm, 'textSize' | 'size'>> = {
  autoregressive: 'size',
  'masked-diffusion': 'size',
  'continuous-diffusion': 'textSize',
}

/** The embedding tells how many ids the weights know. */
function checkVocabulary({ weights, manifest, directory }: Checkpoint, tokenizer: Tokenizer): void {
  const table = weights.embedding
  if (table === undefined) return
  const wanted = tokenizer[embeddedIds[manifest.paradigm]]
  if (table.shape[0] !== wanted)
    throw new InputError(
      `${directory}: the weights know ${table.shape[0]} token ids but the tokenizer (${tokenizer.type}) has ${wanted}; use the tokenizer that the model was trained with`,
    )
}
