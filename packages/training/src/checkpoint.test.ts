import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeSafetensors, type HostTensor, read, type Tensor, tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { sha256, writeAtomically } from '@trivium/files'
import { createRng } from '@trivium/random'
import { type Manifest, modelEntrySchema, RuntimeFailure, trainingConfigSchema } from '@trivium/schema'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TrainingRun, type TrainingState, trainModel } from './index.ts'
import {
  hasCheckpoint,
  loadCheckpoint,
  manifestSha256,
  readManifest,
  restoreTraining,
  saveCheckpoint,
  treeFromHost,
} from './node.ts'
import { bigramModel, chainBatch } from './testing.ts'

const training = trainingConfigSchema.parse({ tokens: 8 * 33 * 20, batchSize: 8 })
const manifestOf = (state: TrainingState): Omit<Manifest, 'files'> => ({
  schemaVersion: 1,
  name: 'bigram',
  paradigm: 'autoregressive',
  backbone: {
    depth: 1,
    width: 4,
    heads: 1,
    mlpWidth: 4,
    mlp: 'relu2',
    convolution: 0,
    context: 64,
    ropeBase: 1,
  },
  entry: modelEntrySchema.parse({ name: 'bigram', paradigm: 'autoregressive' }),
  training,
  dataset: { name: 'chain', view: 'raw' },
  datasetSha256: '',
  tokenizer: {},
  seed: 1,
  step: state.optimizer.step,
  totalSteps: 20,
  tokens: state.tokens,
  seconds: state.seconds,
  engine: 'wasm',
  process: {},
  validation: null,
  parameterGroups: {},
  provenance: {},
})

let folder: string
let place: string
beforeAll(async () => {
  await startEngine('wasm', { blas: 'off' })
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivium-checkpoint-'))
  place = join(folder, 'last')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const runOf = (over: Partial<TrainingRun> = {}): TrainingRun => ({
  model: bigramModel(),
  config: training,
  length: 33,
  peakRate: 0.05,
  batch: (index) => chainBatch(index),
  rng: createRng(1),
  ...over,
})
/** Trains up to a step, writes a checkpoint there and returns the run. */
async function trainTo(step: number): Promise<TrainingRun> {
  const stop = new AbortController()
  const run = runOf({
    signal: stop.signal,
    reportEverySteps: 1,
    onProgress: (p) => p.step === step && stop.abort(),
  })
  const { state } = await trainModel(run)
  await saveCheckpoint(place, { manifest: manifestOf(state), params: run.model.params, state })
  return run
}

/** Changes manifest.json as a person with an editor would. */
function editManifest(change: (manifest: Record<string, unknown>) => unknown): void {
  const path = join(place, 'manifest.json')
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))))
}

/** The edit, with the hash that fits it. */
const signed = (manifest: object): object => ({ ...manifest, numbersSha256: manifestSha256(manifest) })

/** Other weights with the sha256 that fits them. */
function replaceWeights(tensors: Record<string, HostTensor>, edit = (text: string): string => text): void {
  const bytes = Buffer.from(edit(Buffer.from(encodeSafetensors(tensors)).toString('latin1')), 'latin1')
  writeFileSync(join(place, 'model.safetensors'), bytes)
  editManifest((manifest) =>
    signed({ ...manifest, files: { 'model.safetensors': { sha256: sha256(bytes), bytes: bytes.length } } }),
  )
}

describe('checkpoint', () => {
  it('resumes to the bit through the files', async () => {
    const whole = runOf()
    await trainModel(whole)
    await trainTo(9)
    const checkpoint = loadCheckpoint(place)
    const model = bigramModel()
    const { params, state } = restoreTraining(model.params, checkpoint)
    model.setParams(params)
    expect(state.optimizer.step).toBe(9)
    await trainModel(runOf({ model, resume: state }))
    expect(await read(model.params.table as Tensor)).toEqual(await read(whole.model.params.table as Tensor))
  })

  it('halves its size as F16, and says so by its values only', async () => {
    const run = await trainTo(20)
    const params = run.model.params
    const { files } = await saveCheckpoint(join(folder, 'half'), {
      manifest: manifestOf((await trainModel(runOf())).state),
      params,
      state: null,
      precision: 'F16',
    })
    expect(Object.keys(files)).toEqual(['model.safetensors'])
    const { weights, state } = loadCheckpoint(join(folder, 'half'))
    expect(state).toBeNull()
    const exact = await read(params.table as Tensor)
    weights.table.values.forEach((x, i) =>
      expect(Math.abs(x - exact[i])).toBeLessThanOrEqual(Math.abs(exact[i]) * 2 ** -11),
    )
  })

  it.each([
    [
      'a missing folder',
      () => rmSync(place, { recursive: true }),
      /no checkpoint at .*last: manifest\.json is not there/,
    ],
    ['a missing file', () => rmSync(join(place, 'model.safetensors')), /model\.safetensors is missing/],
    [
      'a truncated file',
      () => truncateSync(join(place, 'model.safetensors'), 40),
      /model\.safetensors is truncated: 40 bytes where the manifest says \d+/,
    ],
    [
      'a changed byte',
      () => {
        const bytes = readFileSync(join(place, 'state.safetensors'))
        bytes[bytes.length - 1] ^= 1
        writeFileSync(join(place, 'state.safetensors'), bytes)
      },
      /state\.safetensors does not match the sha256/,
    ],
    [
      'a torn manifest',
      () => truncateSync(join(place, 'manifest.json'), 50),
      /manifest\.json is not JSON \(.*\); restore it or train again/,
    ],
    [
      'a manifest that is null',
      () => editManifest(() => null),
      /manifest\.json is not valid: .*received null/,
    ],
    [
      'a manifest that is a list',
      () => editManifest((m) => [m]),
      /manifest\.json is not valid: .*received array/,
    ],
    [
      'a manifest without files',
      () => editManifest((m) => ({ ...m, files: undefined })),
      /manifest\.json is not valid: files: .*received undefined; restore it/,
    ],
    [
      'a manifest that lists no weights',
      () => editManifest((m) => ({ ...m, files: {} })),
      /manifest\.json is not valid: files\.model\.safetensors: .*received undefined/,
    ],
    [
      'a manifest whose heads do not divide its width',
      () => editManifest((m) => ({ ...m, backbone: { ...(m.backbone as object), heads: 3 } })),
      /manifest\.json is not valid: backbone\.width: it must split into heads of an even size/,
    ],
    [
      'weights that are not finite, though their sha256 is right',
      () => replaceWeights({ table: { shape: [1], values: Float32Array.of(Number.NaN) } }),
      /model\.safetensors: tensor table holds values that are not finite; restore it or train again/,
    ],
    [
      'weights of a dtype that is not read',
      () =>
        replaceWeights({ x: { shape: [1], values: Float32Array.of(1) } }, (text) =>
          text.replace('F32', 'F64'),
        ),
      /tensor x of .*model\.safetensors has dtype F64/,
    ],
  ])('refuses %s', async (_, damage, message) => {
    await trainTo(2)
    damage()
    expect(() => loadCheckpoint(place)).toThrow(message)
  })

  it.each([
    ['heads', (m: Manifest) => ({ ...m, backbone: { ...m.backbone, heads: 2 } })],
    ['ropeBase', (m: Manifest) => ({ ...m, backbone: { ...m.backbone, ropeBase: 2 } })],
    ['process state', (m: Manifest) => ({ ...m, process: { knots: [0, 1] } })],
    ['tokenizer', (m: Manifest) => ({ ...m, tokenizer: { type: 'byte' } })],
    ['validation', (m: Manifest) => ({ ...m, validation: 0.5 })],
    ['dataset', (m: Manifest) => ({ ...m, datasetSha256: 'other' })],
  ])(
    'refuses an edited %s in one line, and reads it where it is signed or older than the hash',
    async (_, edit) => {
      await trainTo(2)
      editManifest((manifest) => edit(manifest as Manifest))
      for (const open of [readManifest, loadCheckpoint])
        expect(() => open(place)).toThrow(/^[^\n]*manifest\.json was edited: [^\n]*numbersSha256; restore it/)
      editManifest((manifest) => ({ ...manifest, numbersSha256: undefined }))
      expect(readManifest(place).step).toBe(2)
      editManifest(signed)
      expect(readManifest(place).step).toBe(2)
    },
  )

  it('takes another name, another record and a text that moved for no edit', async () => {
    await trainTo(2)
    const dataset = { name: 'file', path: 'moved.txt', view: 'raw' }
    editManifest((manifest) => ({ ...manifest, name: 'renamed', provenance: { cpu: 'another' }, dataset }))
    expect(readManifest(place).name).toBe('renamed')
  })

  it('reads a manifest with a byte-order mark', async () => {
    await trainTo(2)
    const path = join(place, 'manifest.json')
    writeFileSync(path, `\ufeff${readFileSync(path, 'utf8')}`)
    expect(loadCheckpoint(place).manifest.step).toBe(2)
  })

  it('refuses integers where weights are wanted', async () => {
    const { params } = bigramModel()
    const tensors = { table: { shape: [4, 4], values: new Int32Array(16) } }
    expect(() => treeFromHost({ table: params.table }, tensors, 'x')).toThrow(
      /x: tensor table holds integers/,
    )
  })

  it('writes no weights that are not finite, and the last good ones stay', async () => {
    await trainTo(2)
    const { state } = await trainModel(runOf({ config: { ...training, tokens: 8 * 33 } }))
    const params = { ...bigramModel().params, table: tensor(new Float32Array(16).fill(Number.NaN), [4, 4]) }
    const write = saveCheckpoint(place, { manifest: manifestOf(state), params, state })
    await expect(write).rejects.toThrow(RuntimeFailure)
    await expect(write).rejects.toThrow(
      /the weights are not finite after step 1 \(tensor params\.table\), so they were not written to .*last; lower/,
    )
    expect(loadCheckpoint(place).manifest.step).toBe(2)
    expect(readdirSync(folder)).toEqual(['last'])
  })

  it('says which number of a manifest is none, in one line', async () => {
    const { state } = await trainModel(runOf({ config: { ...training, tokens: 8 * 33 } }))
    const { params } = bigramModel()
    const manifest = { ...manifestOf(state), validation: Number.NaN }
    await expect(saveCheckpoint(place, { manifest, params, state: null })).rejects.toThrow(
      /^[^\n]*manifest\.json cannot be written: validation: Invalid input: expected number, received NaN$/,
    )
  })

  it('refuses weights of another shape', async () => {
    await trainTo(2)
    const other = { ...bigramModel().params, extra: bigramModel().params.table }
    expect(() => restoreTraining(other, loadCheckpoint(place))).toThrow(/has no tensor params\.extra/)
  })

  it('falls back to the previous one when a crash came between the two renames', async () => {
    await trainTo(3)
    cpSync(place, `${place}.previous`, { recursive: true })
    rmSync(place, { recursive: true })
    expect(hasCheckpoint(place)).toBe(true)
    expect(loadCheckpoint(place).manifest.step).toBe(3)
  })

  // A file system that really fills up: needs the right to mount one.
  const small = join(tmpdir(), `trivium-full-${process.pid}`)
  const mounted = tryMount(small)
  it.skipIf(!mounted)('keeps the last good checkpoint when the disk is full', async () => {
    try {
      place = join(small, 'last')
      await trainTo(2)
      writeFileSync(join(small, 'filler'), new Uint8Array(1 << 20).subarray(0, free(small) - 2048))
      await expect(trainTo(4)).rejects.toThrow(
        /the disk is full: .*last could not be written and what was there before is intact/,
      )
      expect(loadCheckpoint(place).manifest.step).toBe(2)
      expect(readdirSync(small).sort()).toEqual(['filler', 'last'])
      expect(() => writeAtomically(join(small, 'results.json'), 'x'.repeat(1 << 16))).toThrow(
        /the disk is full: .*results\.json/,
      )
      expect(existsSync(join(small, 'results.json'))).toBe(false)
    } finally {
      execFileSync('umount', [small])
      rmSync(small, { recursive: true })
    }
  })
})

function tryMount(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    rmSync(path, { recursive: true, force: true })
    return false
  }
}

const free = (path: string): number =>
  Number(execFileSync('df', ['--output=avail', '-B1', path]).toString().split('\n')[1])
