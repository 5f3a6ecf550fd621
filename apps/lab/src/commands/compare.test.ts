/** The main command through real worker processes: what it prints, what it leaves, and that a second run is free. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readResults } from '@trivium/experiments/run'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cli, type Outcome } from '../testing.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-command-'))
  writeFileSync(join(folder, 'text.txt'), 'the state of our union is strong '.repeat(100))
  writeFileSync(
    join(folder, 'x.yaml'),
    `name: x
engine: wasm
dataset: { name: file, path: ${join(folder, 'text.txt')} }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 640, batchSize: 4 }
evaluation: { samples: 2, likelihoodRows: 2, latencyRepeats: 2, judgeOrder: 3 }
models: [{ name: ar, paradigm: autoregressive }]
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const compare = (...more: string[]): Promise<Outcome> =>
  cli('compare', '-c', join(folder, 'x.yaml'), '--out', join(folder, 'run'), '--progress', 'none', ...more)

it('trains, measures and reports; the second time only the report is left to write', async () => {
  const directory = join(folder, 'run')
  const html = join(directory, 'report.html')
  const first = await compare()
  expect(first).toEqual({
    code: 0,
    out: `${html}\n`,
    err: `run: ${directory}\ntraining 1 model\nevaluating 1 model\ntiming every point, interleaved\nwriting the report\n`,
  })
  expect(readFileSync(html, 'utf8')).toContain('<canvas')
  for (const file of ['results.json', 'provenance.json', 'summary.md', 'config.input.yaml'])
    expect(existsSync(join(directory, file)), file).toBe(true)

  // What NaN becomes in JSON, and a line that is none of ours.
  appendFileSync(join(directory, 'models', 'ar', 'metrics.jsonl'), '{"step":3,"loss":null}\nnull\n')
  const path = join(directory, 'results.json')
  const before = readResults(directory).results
  const again = await compare('--json')
  expect(again.err).toBe(`run: ${directory}\nwriting the report\n`)
  expect(JSON.parse(again.out)).toEqual({
    directory,
    results: path,
    report: html,
    summary: join(directory, 'summary.md'),
  })
  const { results } = readResults(directory)
  expect(results.training).toEqual(before.training)
  expect(results.notes.at(-1)).toMatch(/Training of ar: 2 lines of metrics\.jsonl hold no finite point/)

  // What an editor on Windows leaves at the start of a file.
  writeFileSync(path, `\ufeff${readFileSync(path, 'utf8')}`)
  expect(readResults(path).results).toEqual(results)

  const [bits, ...others] = results.metrics
  const edited = { ...results, metrics: [{ ...bits, value: bits.value + 3 }, ...others] }
  writeFileSync(path, JSON.stringify(edited))
  expect(() => readResults(path)).toThrow(
    /^[^\n]*results\.json contradicts itself: bits-per-character of ar is [^\n]*, which its own stretches do not give/,
  )

  // Other samplers are other points of the same weights.
  const other = ['--set', '+models.0.samplers=[{type: ar, temperature: 0.5}]']
  const untimed = await compare(...other, '--no-latency')
  expect(untimed.err).toBe(`run: ${directory}\nevaluating 1 model\nwriting the report\n`)
  expect(readResults(path).results.points.map(({ latency }) => latency)).toEqual([[]])
  const { err } = await compare(...other)
  expect(err).toBe(`run: ${directory}\ntiming every point, interleaved\nwriting the report\n`)
  const swept = readResults(path).results
  expect(swept.points[0].latency).toHaveLength(1)
  expect(swept.points.map(({ sampler }) => sampler)).toMatchObject([{ type: 'ar', temperature: 0.5 }])
  expect(swept.models[0].checkpointSha256).toBe(results.models[0].checkpointSha256)
}, 120_000)
