/** @file The teacher of a distilled model: a finished checkpoint that fits the student. */
import { disposeParams, type ParamTree } from '@trivium/engine'
import type { LanguageModel } from '@trivium/language-model'
import { type BackboneConfig, InputError, type Manifest } from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import { treeFromHost } from '@trivium/training/node'
import { openModel } from './open.ts'

export type OpenTeacher = {
  readonly model: Pick<LanguageModel, 'generate' | 'dispose'>
  /** Of its weights. */
  readonly sha256: string
  /** A copy of its weights in the shape of `like`, which is freed: the student begins with them. */
  weightsFor(like: ParamTree): ParamTree
}

/**
 * Opens a checkpoint to learn from.
 * @throws InputError when it is broken, or the student is of another kind, shape or tokenizer.
 */
export function openTeacher(directory: string, backbone: BackboneConfig, tokenizer: Tokenizer): OpenTeacher {
  const { model, manifest, tokenizer: own, checkpoint } = openModel(directory)
  checkTeacher(directory, manifest, backbone)
  if (JSON.stringify(own.toJSON()) !== JSON.stringify(tokenizer.toJSON()))
    throw new InputError(
      `the teacher ${directory} has another tokenizer than its student; take one of the same`,
    )
  return {
    model,
    sha256: manifest.files['model.safetensors'].sha256,
    weightsFor(like) {
      const weights = treeFromHost(like, checkpoint.weights, directory)
      disposeParams(like)
      return weights
    },
  }
}

/** @throws InputError when the manifest is not that of a plain masked model of this shape. */
export function checkTeacher(directory: string, { entry, backbone }: Manifest, wanted: BackboneConfig): void {
  const { paradigm, options } = entry
  if (paradigm !== 'masked-diffusion' || options.process !== 'absorbing' || options.blockLength !== undefined)
    throw new InputError(
      `the teacher ${directory} is no plain masked model; take one of process: absorbing without blockLength`,
    )
  if (JSON.stringify(backbone) !== JSON.stringify(wanted))
    throw new InputError(
      `the teacher ${directory} has another backbone than its student: ${JSON.stringify(backbone)} where the model is ${JSON.stringify(wanted)}; give both the same model block`,
    )
}
