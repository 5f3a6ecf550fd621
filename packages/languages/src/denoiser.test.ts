import { InputError } from '@trivium/schema'
import { expect, it } from 'vitest'
import { circulantLanguage, exactDenoiser } from './index.ts'

const mask = 7

it('gives ln of the conditionals, canvas after canvas', async () => {
  const language = circulantLanguage([0.7, 0.2, 0.1])
  const canvases = [Int32Array.of(0, mask, 2), Int32Array.of(mask, mask, mask)]
  const logits = await exactDenoiser(language, mask)(canvases)
  expect(logits).toHaveLength(2 * 3 * 3)
  // Between 0 and 2 stands v with A[0][v]·A[v][2], normalised.
  const weights = [0.7 * 0.1, 0.2 * 0.2, 0.1 * 0.7]
  const total = weights.reduce((a, b) => a + b, 0)
  weights.forEach((w, v) => expect(Math.exp(logits[3 + v])).toBeCloseTo(w / total, 6))
  expect([...logits.subarray(0, 3)]).toEqual([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
  for (const x of logits.subarray(9)) expect(x).toBeCloseTo(-Math.log(3), 6)
  expect(await exactDenoiser(language, mask)([])).toHaveLength(0)
})

it('refuses what cannot occur together', async () => {
  const cycle = circulantLanguage([0, 1, 0])
  await expect(exactDenoiser(cycle, mask)([Int32Array.of(0, 0, mask)])).rejects.toThrow(InputError)
})
