import { chiSquareScore } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { drawToken } from './draw.ts'

/** Zipf-like logits over `v` tokens, and their softmax at a temperature. */
function zipf(v: number, temperature: number) {
  const logits = Float32Array.from({ length: v }, (_, k) => 3 - 0.9 * Math.log(1 + ((k * 7919) % v)))
  const mass = Float64Array.from(logits, (x) => Math.exp(x / temperature))
  const total = mass.reduce((a, b) => a + b, 0)
  return { logits, p: mass.map((x) => x / total) }
}

describe('drawToken', () => {
  it.each([1, 0.7, 1.6])('draws from softmax(logits/T) by χ² at V = 1000, T = %s', (temperature) => {
    const { logits, p } = zipf(1000, temperature)
    const counts = new Float64Array(1000)
    const u = createRng(9).uniforms(15_000)
    for (const x of u) counts[drawToken(logits, 0, 1000, temperature, x).token] += 1
    expect(Math.abs(chiSquareScore(counts, p))).toBeLessThan(4.5)
    // The test has power: a temperature half as high again is found.
    expect(chiSquareScore(counts, zipf(1000, temperature * 1.5).p)).toBeGreaterThan(6)
  })

  it('reaches the far tail, which float32 noise cannot', () => {
    const logits = Float32Array.of(0, -25, -25)
    const tail = Math.exp(-25)
    const total = 1 + 2 * tail
    expect(drawToken(logits, 0, 3, 1, (1 - tail) / total).token).toBe(0)
    expect(drawToken(logits, 0, 3, 1, (1 + 0.5 * tail) / total).token).toBe(1)
    expect(drawToken(logits, 0, 3, 1, 1 - 2 ** -53).token).toBe(2)
  })

  it('never draws a token of probability 0 and survives large logits', () => {
    const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 3e4, Number.NEGATIVE_INFINITY)
    for (const u of [2 ** -54, 0.5, 1 - 2 ** -53])
      expect(drawToken(logits, 0, 3, 1, u)).toEqual({ token: 1, confidence: 1 })
  })

  it('reads its own window, and reports the untempered probability', () => {
    const logits = Float32Array.of(50, 50, Math.log(0.2), Math.log(0.8), 50)
    const drawn = drawToken(logits, 2, 2, 0.1, 0.5)
    expect(drawn.token).toBe(1)
    expect(drawn.confidence).toBeCloseTo(0.8, 6)
  })
})
