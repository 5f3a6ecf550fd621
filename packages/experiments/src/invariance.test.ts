/** What must not change a number: how many rows share a forward, in which order they come, and doing it again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '@trivium/engine/node'
import { groupsOf, likelihoodMetrics } from '@trivium/evaluation'
import { plainVocabulary } from '@trivium/language-model'
import { createModel } from '@trivium/models'
import { createRng } from '@trivium/random'
import { experimentConfigSchema, modelEntrySchema, paradigms } from '@trivium/schema'
import { resolveBackbone } from '@trivium/transformer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from './compare.ts'

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'invariance-'))
  await startEngine('wasm', { blas: 'off' })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(paradigms)('bits a character of %s', (paradigm) => {
  const length = 12
  const entry = modelEntrySchema.parse({ name: 'm', paradigm })
  const backbone = resolveBackbone({ depth: 1, width: 16, heads: 2, context: length })
  const rows = Array.from({ length: 10 }, (_, i) =>
    Int32Array.from(createRng(1).fork(i).uniforms(length), (u) => Math.floor(5 * u)),
  )
  const bits = async (some: readonly Int32Array[], batchSize: number): Promise<number> => {
    const model = createModel({ entry, backbone, vocabulary: plainVocabulary(5), seed: 1 })
    const held = { rows: some, characters: some.map(() => length), ...groupsOf(some.length, 'examples') }
    const [metric] = await likelihoodMetrics(model, held, { draws: 4, seed: 1, batchSize })
    model.dispose()
    return metric.value
  }
  it('do not depend on the batch size', async () => {
    const alone = await bits(rows, 1)
    for (const size of [3, 16]) expect(Math.abs((await bits(rows, size)) - alone)).toBeLessThan(1e-5)
  })
  it('do not depend on the order of the rows', async () => {
    const inOrder = await bits(rows, 4)
    expect(Math.abs((await bits(rows.toReversed(), 4)) - inOrder)).toBeLessThan(1e-5)
  })
})

it('the same experiment gives the same results to the byte, but for dates and durations', async () => {
  const text = Array.from(
    { length: 3000 },
    (_, i) => ['state', 'union', 'is', 'strong', 'free'][(i * i + i) % 5],
  )
  const path = join(folder, 'text.txt')
  writeFileSync(path, text.join(' '))
  const config = experimentConfigSchema.parse({
    name: 'same',
    engine: 'wasm',
    dataset: { name: 'file', path },
    tokenizer: { type: 'char' },
    model: { depth: 1, width: 16, context: 16 },
    training: { tokens: 8 * 16 * 10, batchSize: 8 },
    evaluation: { steps: [2], samples: 4, likelihoodRows: 8, likelihoodDraws: 4, judgeOrder: 3 },
    models: [{ name: 'masked', paradigm: 'masked-diffusion' }],
  })
  const resultsOf = async (name: string): Promise<string> => {
    const directory = join(folder, name)
    await compare({ config, directory, argv: [], timing: false })
    return withoutTimes(readFileSync(join(directory, 'results.json'), 'utf8'))
  }
  const once = await resultsOf('once')
  expect(once).toContain('"masked-nelbo"')
  expect(await resultsOf('again')).toBe(once)
}, 240_000)

/** Dates, wall time, training time, times within a trace, and the hash over all of them. */
const withoutTimes = (json: string): string =>
  json
    .replaceAll(/"(createdAt|wallSeconds|trainingSeconds|seconds|tMs)": ("[^"]*"|[\d.e+-]+)/g, '"$1": 0')
    .replace(/"sha256": "\w+"\s*\}\s*$/, '')
