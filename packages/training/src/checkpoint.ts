/**
 * @file Checkpoints: `model.safetensors` (the weights to use: averaged where averaging is on), `state.safetensors`
 * (trained weights and moments, to resume) and `manifest.json` with the sha256 of both. A new checkpoint is written
 * beside the old one and takes its place by renames, so the last good one survives anything.
 */
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  decodeSafetensors,
  disposeParams,
  encodeSafetensors,
  flattenParams,
  type HostTensor,
  mapParams,
  type ParamTree,
  pack,
  read,
  type Tensor,
  tensor,
} from '@trivium/engine'
import { asFailure, discard, makeFolder, sha256, writeDurably } from '@trivium/files'
import {
  InputError,
  type Manifest,
  manifestSchema,
  parseInput,
  parseJson,
  parseOutput,
  RuntimeFailure,
} from '@trivium/schema'
import type { TrainingState } from './loop.ts'
import { manifestSha256 } from './manifest-hash.ts'
import { decayMask, type OptimizerState, unpackParams } from './optimizer.ts'

/** A checkpoint that was read and verified; tensors are still on the host. */
export type Checkpoint = {
  readonly directory: string
  readonly manifest: Manifest
  readonly weights: Record<string, HostTensor>
  /** Null in a released checkpoint, which can be used but not resumed. */
  readonly state: Record<string, HostTensor> | null
}

type FileRecord = Manifest['files']['model.safetensors']

const remedy = 'restore it or train again'

const hostTensor = async (x: Tensor): Promise<HostTensor> => ({ shape: x.shape, values: await read(x) })

async function download(tree: ParamTree, prefix = ''): Promise<Record<string, HostTensor>> {
  const out: Record<string, HostTensor> = {}
  for (const [path, x] of flattenParams(tree)) out[prefix + path] = await hostTensor(x)
  return out
}

/** The weights to use: averaged where averaging is on. */
async function averagedWeights(
  params: ParamTree,
  state: TrainingState | null,
): Promise<Record<string, HostTensor>> {
  const ema = state?.optimizer.ema ?? null
  if (ema === null) return download(params)
  const averaged = unpackParams(ema, params)
  try {
    return await download(averaged)
  } finally {
    disposeParams(averaged)
  }
}

/** All that a resumed run needs beside the averaged weights. */
async function trainedState(params: ParamTree, state: TrainingState): Promise<Record<string, HostTensor>> {
  return {
    ...(await download(params, 'params.')),
    m: await hostTensor(state.optimizer.m),
    v: await hostTensor(state.optimizer.v),
  }
}

/** The name of the first tensor with a value that is no number or is infinite; null when there is none. */
function notFinite(tensors: Readonly<Record<string, HostTensor>>): string | null {
  const lost = Object.entries(tensors).find(([, { values }]) => !values.every(Number.isFinite))
  return lost?.[0] ?? null
}

export type CheckpointContent = {
  manifest: Omit<Manifest, 'files' | 'numbersSha256'>
  params: ParamTree
  state: TrainingState | null
  precision?: 'F32' | 'F16'
}

/**
 * Writes a checkpoint into `directory`, replacing the one that is there.
 * @throws RuntimeFailure on a full disk, or when a weight is not finite; the old checkpoint stays.
 */
export async function saveCheckpoint(
  directory: string,
  { manifest, params, state, precision }: CheckpointContent,
): Promise<Manifest> {
  const weights = await averagedWeights(params, state)
  const trained = state === null ? {} : await trainedState(params, state)
  const lost = notFinite(weights) ?? notFinite(trained)
  if (lost !== null)
    throw new RuntimeFailure(
      `the weights are not finite after step ${manifest.step} (tensor ${lost}), so they were not written to ${directory}; lower training.learningRate`,
    )
  const files: Record<string, Uint8Array> = {
    'model.safetensors': encodeSafetensors(weights, { precision, metadata: { format: 'trivium' } }),
  }
  if (state !== null) files['state.safetensors'] = encodeSafetensors(trained)
  const records = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, { sha256: sha256(bytes), bytes: bytes.length }]),
  )
  const whole = signed(
    parseOutput(manifestSchema, { ...manifest, files: records }, join(directory, 'manifest.json')),
  )
  const next = `${directory}.next`
  try {
    rmSync(next, { recursive: true, force: true })
    makeFolder(next)
    for (const [name, bytes] of Object.entries(files)) writeDurably(join(next, name), bytes)
    writeDurably(join(next, 'manifest.json'), `${JSON.stringify(whole, null, 2)}\n`)
    replaceDirectory(directory, next)
  } catch (error) {
    discard(next)
    throw asFailure(error, directory)
  }
  return whole
}

const signed = (manifest: Manifest): Manifest => ({
  ...manifest,
  // As it will be read: what JSON leaves out has no part in it.
  numbersSha256: manifestSha256(JSON.parse(JSON.stringify(manifest)) as object),
})

/** `next` takes the place of `directory`; a crash in between leaves `directory.previous`, which loading falls back to. */
function replaceDirectory(directory: string, next: string): void {
  const previous = `${directory}.previous`
  rmSync(previous, { recursive: true, force: true })
  if (existsSync(directory)) renameSync(directory, previous)
  renameSync(next, directory)
  rmSync(previous, { recursive: true, force: true })
}

/** Whether a checkpoint is there (not whether it is whole). */
export function hasCheckpoint(directory: string): boolean {
  return (
    existsSync(join(directory, 'manifest.json')) || existsSync(join(`${directory}.previous`, 'manifest.json'))
  )
}

/**
 * Reads and verifies a checkpoint: manifest by schema, files by sha256, every value finite.
 * @throws InputError naming the file and what is wrong with it.
 */
export function loadCheckpoint(directory: string): Checkpoint {
  const place = placeOf(directory)
  const manifest = readManifest(directory)
  const verified = (
    name: string,
    { sha256: wanted, bytes: size }: FileRecord,
  ): Record<string, HostTensor> => {
    const path = join(place, name)
    let bytes: Uint8Array
    try {
      bytes = readFileSync(path)
    } catch {
      throw new InputError(`${path} is missing, though the manifest lists it; ${remedy}`)
    }
    if (bytes.length !== size)
      throw new InputError(
        `${path} is truncated: ${bytes.length} bytes where the manifest says ${size}; ${remedy}`,
      )
    if (sha256(bytes) !== wanted)
      throw new InputError(`${path} does not match the sha256 in the manifest; ${remedy}`)
    const tensors = decodeSafetensors(bytes, path)
    const lost = notFinite(tensors)
    if (lost !== null)
      throw new InputError(`${path}: tensor ${lost} holds values that are not finite; ${remedy}`)
    return tensors
  }
  const { 'model.safetensors': model, 'state.safetensors': state } = manifest.files
  return {
    directory,
    manifest,
    weights: verified('model.safetensors', model),
    state: state === undefined ? null : verified('state.safetensors', state),
  }
}

/** Where the last good checkpoint stands: a crash between two renames leaves the one before. */
function placeOf(directory: string): string {
  return existsSync(join(directory, 'manifest.json')) ? directory : `${directory}.previous`
}

/**
 * What the manifest says; weights are neither read nor checked (`loadCheckpoint` does).
 * @throws InputError when there is no checkpoint, or no valid manifest, or one that was edited
 */
export function readManifest(directory: string): Manifest {
  const path = join(placeOf(directory), 'manifest.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new InputError(
      `no checkpoint at ${directory}: manifest.json is not there; pass a folder that train or compare wrote`,
    )
  }
  const written = parseJson(text, path, remedy)
  const manifest = parseInput(manifestSchema, written, path, remedy)
  if (manifest.numbersSha256 !== undefined && manifest.numbersSha256 !== manifestSha256(written as object))
    throw new InputError(
      `${path} was edited: what it says of the model does not match its numbersSha256; ${remedy}`,
    )
  return manifest
}

/**
 * Uploads weights into the shape of `like`.
 * @throws InputError when a tensor is missing or has another shape.
 */
export function treeFromHost<T extends ParamTree>(
  like: T,
  tensors: Record<string, HostTensor>,
  source: string,
  prefix = '',
): T {
  return mapParams(like, (leaf: Tensor, path: string) => {
    const host = tensors[prefix + path]
    if (host === undefined)
      throw new InputError(`${source} has no tensor ${prefix}${path}; it was made by another model`)
    if (host.shape.join() !== leaf.shape.join())
      throw new InputError(
        `${source}: tensor ${path} is [${host.shape}] where the model wants [${leaf.shape}]; it was made by another model`,
      )
    if (!(host.values instanceof Float32Array))
      throw new InputError(
        `${source}: tensor ${path} holds integers where the model wants floats; it was made by another model`,
      )
    return tensor(host.values, host.shape)
  })
}

/** The trained weights and the optimiser as they were when the checkpoint was written. */
export function restoreTraining(
  like: ParamTree,
  checkpoint: Checkpoint,
): { params: ParamTree; state: TrainingState } {
  const { manifest, weights, state, directory } = checkpoint
  if (state === null)
    throw new InputError(
      `${directory} is a released checkpoint without optimiser state; it can be used but not resumed`,
    )
  const params = treeFromHost(like, state, directory, 'params.')
  const decayed = decayMask(like)
  const vector = (name: string): Tensor => treeFromHost({ [name]: decayed }, state, directory)[name]
  const optimizer: OptimizerState = {
    step: manifest.step,
    m: vector('m'),
    v: vector('v'),
    ema: manifest.training.ema > 0 ? packAndFree(treeFromHost(like, weights, directory)) : null,
    decayed,
  }
  return {
    params,
    state: { optimizer, seconds: manifest.seconds, tokens: manifest.tokens },
  }
}

/** The tree's values in one vector; the tree is freed. */
function packAndFree(tree: ParamTree): Tensor {
  const vector = pack(flattenParams(tree).map(([, x]) => x))
  disposeParams(tree)
  return vector
}
