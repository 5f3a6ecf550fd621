/** A comparison over several training seeds, with real worker processes. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExperimentConfig, experimentConfigSchema } from '@trivium/schema'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compare } from './compare.ts'

let folder: string
let config: ExperimentConfig

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivium-seeds-'))
  const words = ['the', 'state', 'of', 'our', 'union', 'is', 'strong', 'and', 'free']
  const text = Array.from({ length: 12_000 }, (_, i) => words[(i * 7 + (i >> 3)) % words.length]).join(' ')
  writeFileSync(join(folder, 'text.txt'), text)
  config = experimentConfigSchema.parse({
    name: 'seeds',
    seeds: [1, 2],
    engine: 'wasm',
    dataset: { name: 'file', path: join(folder, 'text.txt') },
    tokenizer: { type: 'char' },
    model: { depth: 1, width: 16, context: 16 },
    training: { tokens: 8 * 16 * 20, batchSize: 8, learningRate: 0.01 },
    evaluation: {
      steps: [2],
      samples: 8,
      likelihoodRows: 16,
      likelihoodDraws: 4,
      latencyRepeats: 1,
      judgeOrder: 3,
    },
    models: [{ name: 'masked', paradigm: 'masked-diffusion', samplers: [{ type: 'ancestral', steps: 2 }] }],
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('trains every model with every seed and pools what they give', async () => {
  const directory = join(folder, 'run')
  let trained = 0
  const onStage = (stage: string, left: number): void => {
    if (stage === 'train') trained += left
  }
  const outcome = await compare({ config, directory, argv: ['test'] }, { onStage })
  if (!outcome.finished) throw new Error('not finished')
  const { provenance, models, metrics, points, notes } = outcome.results
  expect(trained).toBe(2)
  for (const name of ['masked@1', 'masked@2'])
    expect(existsSync(join(directory, 'models', name)), name).toBe(true)
  expect(provenance.seeds).toEqual([1, 2])
  expect(models.map(({ id }) => id)).toEqual(['masked'])
  const [bits] = metrics
  expect(metrics).toHaveLength(1)
  expect(bits.items?.values.map((row) => row.length)).toEqual([12, 12])
  expect(bits).toMatchObject({
    unit: 'bits/char',
    n: 16,
    draws: 4,
    ci95: [expect.any(Number), expect.any(Number)],
  })
  const judge = points[0].quality.find(({ name }) => name === 'judge-bits')
  expect(judge?.n).toBe(16)
  expect(judge?.items?.values.map((row) => row.length)).toEqual([8, 8])
  expect(notes.join('\n')).toMatch(/trained 2 times \(seeds 1, 2\)/)
  expect(notes.join('\n')).toMatch(/4 draws a row, which are few/)
  expect(notes.join('\n')).toMatch(/the first 16 characters \(code points\) of each are measured/)
})
