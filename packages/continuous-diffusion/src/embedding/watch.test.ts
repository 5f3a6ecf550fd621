import { describe, expect, it } from 'vitest'
import { randomUnitEmbeddings } from './test-support.ts'
import { meanCosine, watchEmbeddings } from './watch.ts'

const dim = 8
const apart = randomUnitEmbeddings(20, dim).map((x, i) => x * (1 + Math.floor(i / dim)))

describe('meanCosine', () => {
  it('is the mean over pairs, whatever the norms', () => {
    let total = 0
    for (let v = 0; v < 20; v++)
      for (let w = 0; w < 20; w++) {
        const [a, b] = [v, w].map((r) => apart.subarray(r * dim, (r + 1) * dim))
        if (v !== w) total += a.reduce((s, x, k) => s + x * b[k], 0) / (Math.hypot(...a) * Math.hypot(...b))
      }
    expect(meanCosine(apart, dim)).toBeCloseTo(total / (20 * 19), 6)
  })
})

describe('watchEmbeddings', () => {
  it('lets embeddings that are apart pass', () => {
    expect(() => watchEmbeddings(apart, dim, 3)).not.toThrow()
    expect(() => watchEmbeddings(Float32Array.of(1, 2), 2, 3)).not.toThrow()
  })

  it('names the step when they have fallen together or are lost', () => {
    const together = apart.map((x, i) => (0.05 * x) / (1 + Math.floor(i / dim)) + Math.sin(i % dim))
    expect(() => watchEmbeddings(together, dim, 12)).toThrow(
      /embeddings of step 12 have collapsed \(mean cosine 0\.99/,
    )
    for (const lost of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const table = apart.slice()
      table[5] = lost
      expect(() => watchEmbeddings(table, dim, 7)).toThrow(/embeddings of step 7 are not finite/)
    }
    expect(() => watchEmbeddings(new Float32Array(16), dim, 7)).toThrow(/not finite/)
  })
})
