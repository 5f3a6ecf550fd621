/** Scoring again: the same numbers without writing a token, new ones where the score has changed, and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExperimentConfig, experimentConfigSchema } from '@trivium/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from './compare.ts'
import { oracleStages } from './evaluation-stages.ts'
import { rescoreRun } from './rescore.ts'
import { readResults, sealed } from './results.ts'
import { writeRecord } from './run-record.ts'
import { keep, readKept } from './stage.ts'

let folder = ''
let config: ExperimentConfig
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rescore-'))
  config = experimentConfigSchema.parse({
    name: 'x',
    dataset: { type: 'language', name: 'markov', options: { vocabSize: 4 }, length: 8 },
    evaluation: { samples: 32 },
    oracle: { samplers: [{ type: 'random', steps: 8 }] },
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('rescoreRun', () => {
  it('gives back the quality of what is kept, and draws nothing', async () => {
    const directory = join(folder, 'run')
    writeRecord(directory, config)
    await compare({ config, directory, argv: [] })
    const before = readResults(directory).results
    if (config.dataset.type !== 'language') throw new Error('a language')
    const [stage] = oracleStages(
      { ...config, evaluation: { ...config.evaluation, length: 8 } },
      config.dataset,
    )
    const kept = readKept(directory, stage)
    if (kept === null) throw new Error('kept')
    expect(kept.written[0].rows).toHaveLength(32)
    // As an older version would have scored it, under a key of its own.
    const older = { ...kept, points: kept.points.map((point) => ({ ...point, quality: [] })) }
    keep(directory, { ...stage, key: 'older' }, older)
    const outcome = await rescoreRun(directory, { argv: [] })
    if (!outcome.finished) throw new Error('not stopped')
    expect(outcome.results.points).toEqual(before.points)
    expect(outcome.results.baselines).toEqual(before.baselines)
    expect(outcome.results.samples).toEqual(before.samples)
  })
  it('refuses what is no run, what is partial, and what was edited', async () => {
    await expect(rescoreRun(join(folder, 'none'), { argv: [] })).rejects.toThrow(/cannot be read \(ENOENT\)/)
    const directory = join(folder, 'run')
    const path = join(directory, 'results.json')
    const text = readFileSync(path, 'utf8')
    const part = sealed({ ...readResults(directory).results, partial: '--limit 3' })
    writeFileSync(path, JSON.stringify(part))
    await expect(rescoreRun(directory, { argv: [] })).rejects.toThrow(
      /is partial \(--limit 3\); measure it whole/,
    )
    writeFileSync(path, text)
    const stage = join(directory, 'evaluation', 'oracle.random-8.json')
    const whole = readFileSync(stage, 'utf8')
    writeFileSync(stage, whole.replace('"nfe":8', '"nfe":7'))
    await expect(rescoreRun(directory, { argv: [] })).rejects.toThrow(/was edited/)
    rmSync(stage)
    await expect(rescoreRun(directory, { argv: [] })).rejects.toThrow(
      /has kept no samples of 'oracle.random-8'/,
    )
    rmSync(join(directory, 'config.resolved.json'))
    await expect(rescoreRun(directory, { argv: [] })).rejects.toThrow(/is no run directory/)
  })
  it('refuses a run whose models are not trained', async () => {
    const directory = join(folder, 'untrained')
    const trained = experimentConfigSchema.parse({
      ...config,
      models: [{ name: 'ar', paradigm: 'autoregressive' }],
    })
    writeRecord(directory, trained)
    writeFileSync(join(directory, 'results.json'), readFileSync(join(folder, 'run', 'results.json')))
    await expect(rescoreRun(directory, { argv: [] })).rejects.toThrow(
      /not finished: ar must still be trained/,
    )
  })
})
