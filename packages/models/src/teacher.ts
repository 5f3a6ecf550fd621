/** @file The teacher of a distilled model: a finished checkpoint that fits the student. */
import { disposeParams, type ParamTree } from '@trivium/engine'
import type { LanguageModel } from '@trivium/language-model'
import { type BackboneConfig, InputError, type Manifest, type ModelEntry } from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import { treeFromHost } from '@trivium/training/node'
import { openModel } from './open.ts'

export type OpenTeacher = {
  /** Masked students hear it write, continuous ones look inside. */
  readonly model: Pick<LanguageModel, 'generate' | 'dispose'>
  /** A copy of its weights in the shape of `like`, which is freed: the student begins with them. */
  weightsFor(like: ParamTree): ParamTree
}

/**
 * Opens a checkpoint to learn from.
 * @throws InputError when it is broken, or the student is of another kind, shape or tokenizer.
 */
export function openTeacher(directory: string, student: Student, tokenizer: Tokenizer): OpenTeacher {
  const { model, manifest, tokenizer: own, checkpoint } = openModel(directory)
  checkTeacher(directory, manifest, student)
  if (JSON.stringify(own.toJSON()) !== JSON.stringify(tokenizer.toJSON()))
    throw new InputError(
      `the teacher ${directory} has another tokenizer than its student; take one of the same`,
    )
  return {
    model,
    weightsFor(like) {
      const weights = treeFromHost(like, checkpoint.weights, directory)
      disposeParams(like)
      return weights
    },
  }
}

export type Student = { readonly entry: ModelEntry; readonly backbone: BackboneConfig }

/** @throws InputError when the manifest is not that of a teacher of this paradigm, shape and kind. */
export function checkTeacher(
  directory: string,
  { entry, backbone }: Pick<Manifest, 'entry' | 'backbone'>,
  student: Student,
): void {
  const wanted = wantedTeacher(entry, student.entry)
  if (wanted !== null) throw new InputError(`the teacher ${directory} is no ${wanted}`)
  if (JSON.stringify(backbone) !== JSON.stringify(student.backbone))
    throw new InputError(
      `the teacher ${directory} has another backbone than its student: ${JSON.stringify(backbone)} where the model is ${JSON.stringify(student.backbone)}; give both the same model block`,
    )
}

/** What the teacher should be, where it is something else. */
function wantedTeacher({ paradigm, options }: ModelEntry, student: ModelEntry): string | null {
  if (student.paradigm === 'continuous-diffusion') {
    const kept = ['embeddingDim', 'schedule', 'gammaMin', 'gammaMax'] as const
    const same =
      paradigm === 'continuous-diffusion' &&
      options.latent === undefined &&
      options.selfConditioning > 0 === student.options.selfConditioning > 0 &&
      (options.placePosterior === true) === (student.options.placePosterior === true) &&
      kept.every((key) => options[key] === student.options[key])
    return same
      ? null
      : `continuous model of embeddings with its student's ${kept.join(', ')}, selfConditioning and placePosterior; take one, or give the student the same options`
  }
  const plain =
    paradigm === 'masked-diffusion' && options.process === 'absorbing' && options.blockLength === undefined
  return plain ? null : 'plain masked model; take one of process: absorbing without blockLength'
}
