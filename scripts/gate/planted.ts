/**
 * @file Regressions planted in a real model, for the gate to find: a sampler that ignores temperature, noise on one layer; and
 * other draws of the same model, which it must let pass.
 */
import { heldOutStarts } from '@trivium/corpus'
import { loadDataset } from '@trivium/corpus/node'
import { disposeParams, mapParams, read, type Tensor, tensor } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import {
  buildReference,
  controlBaselines,
  type Gated,
  gate,
  likelihoodMetrics,
  runSweep,
  scoredRows,
  sweepPoint,
} from '@trivium/evaluation'
import type { LanguageModel } from '@trivium/language-model'
import { openModel } from '@trivium/models/node'
import { createRng } from '@trivium/random'
import type { EngineName } from '@trivium/schema'

export type PlantedOptions = {
  readonly repetitions: number
  /** Texts of a point, and their characters. */
  readonly samples: number
  readonly length: number
  readonly rows: number
  /** Engine of the runs; `baseline` of what they are held against. */
  readonly engine: EngineName
  readonly onRepetition?: (line: string) => void
}
/** How many of the repetitions each verdict says that something is worse. */
export type PlantedCounts = {
  ignoresTemperature: number
  noisyLayer: number
  otherDraws: number
  missing: number
}

const checkpoint = 'checkpoints/sotu-ar'
const sampler = { type: 'ar', temperature: 0.5, cache: true } as const
/** Standard deviation of the noise, as a share of that of the weights. */
const noise = 1

/** Counts of exit code 3, and for `missing` of exit code 2. */
export async function plantedCounts(options: PlantedOptions): Promise<PlantedCounts> {
  const { repetitions, samples, length, rows: count, engine, onRepetition } = options
  await startEngine(engine)
  const { model, tokenizer, manifest } = openModel(checkpoint)
  const dataset = await loadDataset({ name: 'sotu', view: 'text8' })
  const tokens = tokenizer.encode(dataset.test)
  const { context } = manifest.backbone
  const starts = heldOutStarts(tokens, context, count)
  const rows = scoredRows(tokens, { starts, length: context, documents: dataset.documents.test }, tokenizer)
  const reference = buildReference({ train: dataset.train, heldOut: dataset.test, judgeOrder: 5, seed: 1 })
  const baselines = controlBaselines(reference, samples, length)

  const provenance = { datasetSha256: dataset.sha256, cpu: '', cores: 1, engine, engineThreads: 1 }
  const measure = async (
    drawn: Pick<LanguageModel, 'decode' | 'vocabulary'>,
    seed: number,
  ): Promise<Gated> => {
    const { points } = await runSweep({
      models: [{ id: 'ar', model: drawn, points: [sweepPoint(sampler)] }],
      tokenizer,
      reference,
      samples,
      length,
      characters: length,
      seed,
      traces: () => false,
    })
    const metrics = (await likelihoodMetrics(model, rows, { seed })).map((m) => ({ ...m, model: 'ar' }))
    return { name: 'planted', metrics, points, baselines, provenance }
  }
  const deaf: Pick<LanguageModel, 'decode' | 'vocabulary'> = {
    vocabulary: model.vocabulary,
    decode: (request) => model.decode({ ...request, sampler: { ...request.sampler, temperature: 1 } }),
  }

  const counts = { ignoresTemperature: 0, noisyLayer: 0, otherDraws: 0, missing: 0 }
  for (let r = 1; r <= repetitions; r++) {
    const then = await measure(model, r)
    const codeOf = (now: Gated): number => gate(now, then).exitCode
    if (codeOf(await measure(deaf, r)) === 3) counts.ignoresTemperature++
    if (codeOf(await measure(model, 1000 + r)) === 3) counts.otherDraws++
    if (codeOf({ ...then, metrics: [] }) === 2) counts.missing++
    const restore = await addNoise(model, r)
    if (codeOf(await measure(model, r)) === 3) counts.noisyLayer++
    restore()
    onRepetition?.(`${r}/${repetitions}: ${JSON.stringify(counts)}`)
  }
  return counts
}

/** Noise on one matrix of the second block; gives back what takes it away. */
async function addNoise(model: LanguageModel, seed: number): Promise<() => void> {
  const clean = model.params
  const values = new Map<string, { tensor: Tensor; values: Float32Array }>()
  mapParams(clean, (leaf, path) => {
    if (path.endsWith('blocks.1.down')) values.set(path, { tensor: leaf, values: new Float32Array() })
    return leaf
  })
  const [[path, found]] = [...values]
  const weights = Float32Array.from(await read(found.tensor))
  const spread = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length)
  const normals = createRng(seed).fork('noise').normals(weights.length)
  const noisy = tensor(
    weights.map((w, i) => w + noise * spread * normals[i]),
    found.tensor.shape,
  )
  model.setParams(mapParams(clean, (leaf, at) => (at === path ? noisy : leaf)))
  return () => {
    model.setParams(clean)
    disposeParams({ noisy })
  }
}
