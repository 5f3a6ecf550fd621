/** A whole experiment on a small text, with real worker processes: train, stop, resume, evaluate, time, assemble, again. */
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExperimentConfig, experimentConfigSchema, resultsSchema } from '@trivium/schema'
import { loadCheckpoint } from '@trivium/training/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CompareHooks, compare } from './compare.ts'
import { engineOfExperiment } from './engine-choice.ts'
import { runEvaluationJob } from './jobs/evaluate.ts'
import { runSplitEvaluation } from './jobs/split-evaluation.ts'
import { lastCheckpoint } from './model-directory.ts'
import { sample } from './sample.ts'

let folder: string
let config: ExperimentConfig

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivium-compare-'))
  const words = ['the', 'state', 'of', 'our', 'union', 'is', 'strong', 'and', 'free']
  // A little grammar: enough to learn something in a second.
  const text = Array.from({ length: 8000 }, (_, i) => words[(i * 7 + (i >> 3)) % words.length]).join(' ')
  writeFileSync(join(folder, 'text.txt'), text)
  config = experimentConfigSchema.parse({
    name: 'test',
    engine: 'wasm',
    dataset: { name: 'file', path: join(folder, 'text.txt') },
    tokenizer: { type: 'char' },
    model: { depth: 1, width: 32, context: 16 },
    training: { tokens: 8 * 16 * 60, batchSize: 8, learningRate: 0.01, checkpointEverySteps: 20 },
    evaluation: {
      steps: [2, 4],
      samples: 4,
      likelihoodRows: 8,
      likelihoodDraws: 8,
      latencyRepeats: 2,

      judgeOrder: 4,
    },
    models: [
      { name: 'ar', paradigm: 'autoregressive' },
      { name: 'masked', paradigm: 'masked-diffusion' },
      { name: 'continuous', paradigm: 'continuous-diffusion' },
    ],
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function stagesOf(
  directory: string,
  hooks: CompareHooks = {},
): Promise<{ stages: string[]; finished: boolean }> {
  const stages: string[] = []
  const onStage: CompareHooks['onStage'] = (stage, left) => {
    stages.push(stage)
    hooks.onStage?.(stage, left)
  }
  const { finished } = await compare({ config, directory, argv: ['test'] }, { ...hooks, onStage })
  return { stages, finished }
}

describe('compare', () => {
  it('stops when it is told, goes on to the same weights, and does nothing twice', async () => {
    const stop = new AbortController()
    const first = join(folder, 'first')
    const interrupted = await stagesOf(first, { signal: stop.signal, onTraining: () => stop.abort() })
    expect(interrupted).toEqual({ stages: ['train'], finished: false })
    expect(existsSync(join(first, 'results.json'))).toBe(false)

    expect(await stagesOf(first)).toEqual({
      stages: ['train', 'evaluate', 'latency', 'report'],
      finished: true,
    })
    const results = resultsSchema.parse(JSON.parse(readFileSync(join(first, 'results.json'), 'utf8')))
    expect(results.provenance).toMatchObject({
      engine: expect.stringMatching(/^wasm/),
      engineChoice: { how: 'named', use: null, calibration: null },
    })
    expect(results.models.map(({ id, paradigm }) => [id, paradigm])).toEqual([
      ['ar', 'autoregressive'],
      ['masked', 'masked-diffusion'],
      ['continuous', 'continuous-diffusion'],
    ])
    expect(results.metrics.map(({ boundType }) => boundType)).toEqual([
      'exact',
      'masked-nelbo',
      'gaussian-vlb',
    ])
    // Uniform is log2 27 = 4.75 bits; 60 steps are well below it.
    for (const { value, model } of results.metrics) expect(value, model).toBeLessThan(4.2)
    expect(results.points).toHaveLength(1 + (2 + 2 + 3) + (2 + 2))
    for (const point of results.points) expect(point.latency[0].n, point.id).toBe(2)
    expect(
      results.training.every(({ points }) => points.length > 0 && points.at(-1)?.validation !== null),
    ).toBe(true)
    expect(JSON.parse(readFileSync(join(first, 'provenance.json'), 'utf8'))).toEqual(results.provenance)

    // An uninterrupted run of the same experiment has the same weights.
    const second = join(folder, 'second')
    const trained = new AbortController()
    const onStage: CompareHooks['onStage'] = (stage) => stage === 'evaluate' && trained.abort()
    expect(await stagesOf(second, { signal: trained.signal, onStage })).toEqual({
      stages: ['train', 'evaluate'],
      finished: false,
    })
    for (const { name } of config.models) {
      const weights = [first, second].map(
        (d) =>
          loadCheckpoint(join(d, 'models', name, 'checkpoints', 'last')).manifest.files['model.safetensors']
            .sha256,
      )
      expect(weights[1], name).toBe(weights[0])
    }

    expect(await stagesOf(first)).toEqual({ stages: ['report'], finished: true })

    // Two processes measure what one does.
    const job = {
      candidate: { name: 'm', checkpoint: lastCheckpoint(join(first, 'models', 'masked')) },
      evaluation: { ...config.evaluation, length: 16 },
      engine: await engineOfExperiment(config),
      seed: 1,
    }
    const seen: number[] = []
    const split = await runSplitEvaluation(job, 2, { onProgress: ({ done }) => seen.push(done) })
    const whole = await runEvaluationJob(job)
    expect(split?.likelihoods).toEqual(whole?.likelihoods)
    expect(split?.points).toEqual(whole?.points)
    expect(split?.samples.map(({ texts }) => texts)).toEqual(whole?.samples.map(({ texts }) => texts))
    expect(seen.at(-1)).toBe(1 + 7)

    // The checkpoints write: prompts everywhere, gaps where the paradigm can.
    const write = (name: string, suffix: string): ReturnType<typeof sample> =>
      sample({
        checkpoint: join(first, 'models', name, 'checkpoints', 'last'),
        engine: 'wasm',
        prefix: 'the ',
        suffix,
        gap: 6,
        samples: 2,
        seed: 1,
        trace: true,
      })
    for (const name of ['ar', 'masked', 'continuous']) {
      const { texts, trace } = await write(name, '')
      expect(texts[0].text).toMatch(/^the [a-z ]{6}$/)
      expect(trace.at(-1)?.text.join('')).toBe(texts[0].text)
    }
    expect((await write('masked', ' is')).texts[0].text).toMatch(/^the [a-z ]{6} is$/)
    expect((await write('continuous', ' is')).texts[0].text).toMatch(/^the [a-z ]{6} is$/)
    await expect(write('ar', ' is')).rejects.toThrow(/given text after a gap/)

    // A truncated checkpoint is told as soon as its weights are needed again, and not trained over.
    rmSync(join(first, 'evaluation', 'masked.json'))
    truncateSync(join(first, 'models', 'masked', 'checkpoints', 'last', 'model.safetensors'), 100)
    await expect(stagesOf(first)).rejects.toThrow(/model\.safetensors is truncated: 100 bytes/)
  }, 240_000)
})
