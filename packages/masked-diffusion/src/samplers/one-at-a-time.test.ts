/** Orders that do not look at what was drawn sample the language itself when they write one position a step. */
import { freeCanvas } from '@trivium/language-model'
import { allRows, chiSquareScore, rowNumber } from '@trivium/languages'
import type { SamplerConfigOf } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { canvases, chainLanguage as language, oracleOf, watch, write } from '../testing/oracle.ts'

const process = createAbsorbingProcess('linear')
const { vocabulary, denoise } = oracleOf(language)
const law = allRows(3, 4).map((row) => Math.exp(language.logProb(row)))
type Sampler = SamplerConfigOf<'masked-diffusion'>

async function score(sampler: Sampler): Promise<{ chi: number; forwards: number }> {
  const request = { canvas: canvases(6000, freeCanvas(4, vocabulary)), sampler, seed: 5 }
  const { rows, cost } = await write(request, { denoise, vocabulary, process })
  const counts = new Float64Array(law.length)
  for (const { tokens } of rows) counts[rowNumber(tokens, 3)] += 1
  return { chi: chiSquareScore(counts, law), forwards: cost.forwards }
}

describe.each<[string, Sampler]>([
  ['entropy', { type: 'entropy', steps: 4, temperature: 1 }],
  ['random', { type: 'random', steps: 4, temperature: 1 }],
  ['first-hitting', { type: 'first-hitting', temperature: 1 }],
  ['entropy-bound γ = 0', { type: 'entropy-bound', gamma: 0, temperature: 1 }],
])('%s', (_, sampler) => {
  it('gives the law of the language (χ² over all rows) in one forward a token', async () => {
    const { chi, forwards } = await score(sampler)
    expect(Math.abs(chi)).toBeLessThan(4.5)
    expect(forwards).toBe(4)
  })
})

it('random in half the steps does not', async () => {
  expect((await score({ type: 'random', steps: 2, temperature: 1 })).chi).toBeGreaterThan(10)
})

it('random and first-hitting begin at every position alike, and not from left to right', async () => {
  for (const sampler of [
    { type: 'random', steps: 4, temperature: 1 },
    { type: 'first-hitting', temperature: 1 },
  ] as const) {
    const first = new Float64Array(4)
    for (let seed = 0; seed < 200; seed++) {
      const request = { canvas: [freeCanvas(4, vocabulary)], sampler, seed }
      const { events } = await watch(request, { denoise, vocabulary, process })
      first[events[0].committed[0]] += 1
      expect(events.flatMap(({ committed }) => committed).sort()).toEqual([0, 1, 2, 3])
    }
    expect(Math.abs(chiSquareScore(first, [0.25, 0.25, 0.25, 0.25]))).toBeLessThan(4.5)
  }
})
