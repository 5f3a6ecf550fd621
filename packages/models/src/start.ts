/** @file Training that goes on from the weights of a finished checkpoint, with data or options of its own. */
import { disposeParams } from '@trivium/engine'
import type { LanguageModel } from '@trivium/language-model'
import { InputError, type Manifest } from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import { loadCheckpoint, treeFromHost } from '@trivium/training/node'
import type { Student } from './teacher.ts'

/**
 * Gives a new model the weights of a checkpoint, and the state of its process.
 * @throws InputError when the checkpoint is broken, or of another paradigm, shape or tokenizer
 */
export function startFrom(
  directory: string,
  model: LanguageModel,
  resolved: Student,
  tokenizer: Tokenizer,
): void {
  const { manifest, weights } = loadCheckpoint(directory)
  checkStart(directory, manifest, resolved)
  if (JSON.stringify(manifest.tokenizer) !== JSON.stringify(tokenizer.toJSON()))
    throw new InputError(
      `${directory} has another tokenizer than the model that begins with its weights; take one of the same`,
    )
  const initial = model.params
  model.setParams(treeFromHost(initial, weights, directory))
  disposeParams(initial)
  model.loadProcessState(manifest.process)
}

/** @throws InputError when the weights are of another paradigm or shape than the model that is to begin with them */
export function checkStart(
  directory: string,
  { paradigm, backbone }: Pick<Manifest, 'paradigm' | 'backbone'>,
  { entry, backbone: own }: Student,
): void {
  if (paradigm !== entry.paradigm)
    throw new InputError(
      `${directory} is ${paradigm}, the model '${entry.name}' that begins with its weights ${entry.paradigm}`,
    )
  if (JSON.stringify(backbone) !== JSON.stringify(own))
    throw new InputError(
      `${directory} has another backbone than the model '${entry.name}' that begins with its weights: ${JSON.stringify(backbone)} where the model is ${JSON.stringify(own)}; give it the same model block`,
    )
}
