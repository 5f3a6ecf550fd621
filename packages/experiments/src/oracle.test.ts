/** Experiments that train nothing: the exact denoiser of a language, whole and limited. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { experimentConfigSchema } from '@trivium/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from './compare.ts'
import { limited } from './limit.ts'
import { readResults } from './results.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oracle-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const configOf = (changes: object = {}) =>
  experimentConfigSchema.parse({
    name: 'x',
    dataset: { type: 'language', name: 'markov', options: { vocabSize: 4 }, length: 8 },
    evaluation: { samples: 64 },
    oracle: { samplers: [{ type: 'random', steps: 8 }] },
    ...changes,
  })

describe('an oracle alone', () => {
  it('is measured against the truth, without engine, training or timing', async () => {
    const directory = join(folder, 'whole')
    const outcome = await compare({ config: configOf(), directory, argv: [] })
    if (!outcome.finished) throw new Error('not stopped')
    const { models, points, baselines, provenance, partial } = readResults(directory).results
    expect(models).toMatchObject([{ id: 'oracle', parameters: 0, trainingEngine: 'none' }])
    expect(points.map(({ id, nfe, latency }) => [id, nfe, latency])).toEqual([['oracle/random-8', 8, []]])
    expect(points[0].quality.map(({ name, n }) => [name, n])).toEqual([
      ['transition-kl', 64],
      ['transition-tv', 64],
      ['oracle-gap', 64],
      ['token-errors', 64],
      ['sequence-errors', 64],
    ])
    expect(baselines.map(({ id }) => id)).toEqual(['held-out', 'repeat-one-row', 'unigram', 'shuffled'])
    expect(provenance.engine).toBe('none')
    expect(partial).toBeUndefined()

    // The same again is the same, to the byte but for dates and durations.
    const again = join(folder, 'again')
    await compare({ config: configOf(), directory: again, argv: [] })
    const [a, b] = [directory, again].map((run) =>
      withoutTimes(readFileSync(join(run, 'results.json'), 'utf8')),
    )
    expect(b).toBe(a)
  })

  it('is stamped as partial by a limit that cuts something', async () => {
    const directory = join(folder, 'limited')
    await compare({ config: configOf(), directory, argv: [], limit: 10 })
    const { points, partial, notes } = readResults(directory).results
    expect(points[0].quality[0].n).toBe(10)
    expect(partial).toMatch(/^--limit 10: at most 10 texts, answers and scored rows where 64 and 64/)
    expect(notes[0]).toMatch(/^Partial .* gates nothing/)
    expect(limited(configOf().evaluation, 64)).toBeNull()
    expect(limited(configOf().evaluation, undefined)).toBeNull()
  })
})

/** Dates, wall time, times within a trace, and the hash over all of them. */
const withoutTimes = (text: string): string =>
  text
    .replaceAll(/"(createdAt|wallSeconds|tMs)": ("[^"]*"|[\d.e-]+)/g, '"$1": 0')
    .replace(/"sha256": "\w+"\s*\}\s*$/, '')

describe('an experiment about a language', () => {
  it.each([
    [{ oracle: undefined }, /list at least one model, or references/],
    [{ dataset: { type: 'task', name: 'copy' } }, /only a dataset of type: language has an exact denoiser/],
    [
      { models: [{ name: 'oracle', paradigm: 'autoregressive' }] },
      /the name 'oracle' is the exact denoiser's/,
    ],
    [{ oracle: { samplers: [{ type: 'ar' }] } }, /it belongs to autoregressive/],
    [{ tokenizer: { type: 'byte' } }, /a language brings its own/],
  ])('%j is none', (changes, message) => {
    expect(() => configOf(changes)).toThrow(message)
  })
  it.each([
    [{ name: 'markow' }, /there is no language 'markow'; there are iid, markov/],
    [{ name: 'markov', options: { vocabSize: 1 } }, /option block of language 'markov'.*vocabSize/],
    [{ name: 'markov', options: { vocab: 4 } }, /vocab/],
    [{ name: 'markov', sha256: 'a'.repeat(64) }, /dataset\.sha256 pins a+, but the data here have/],
  ])('%j is refused before anything is drawn', async (dataset, message) => {
    const config = configOf({ dataset: { type: 'language', ...dataset } })
    const directory = join(folder, 'none')
    await expect(compare({ config, directory, argv: [] })).rejects.toThrow(message)
  })
})
