import { createRng } from '@trivium/random'
import { expect, it } from 'vitest'
import { bootstrap } from './bootstrap.ts'

const normals = [...createRng(4).normals(200)]
const meanOf = (drawn: Int32Array): number => drawn.reduce((sum, i) => sum + normals[i], 0) / drawn.length

it('of a mean agrees with ±1.96 standard errors', () => {
  const mean = normals.reduce((sum, x) => sum + x, 0) / 200
  const stderr = Math.sqrt(normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 199 / 200)
  const [low, high] = bootstrap(200, meanOf) as [number, number]
  expect(low).toBeCloseTo(mean - 1.96 * stderr, 1.5)
  expect((high - low) / (3.92 * stderr)).toBeGreaterThan(0.93)
  expect((high - low) / (3.92 * stderr)).toBeLessThan(1.07)
})

it('is deterministic in its seed, and nothing for one item', () => {
  expect(bootstrap(200, meanOf, { seed: 3 })).toEqual(bootstrap(200, meanOf, { seed: 3 }))
  expect(bootstrap(200, meanOf, { seed: 3 })).not.toEqual(bootstrap(200, meanOf, { seed: 4 }))
  expect(bootstrap(1, () => 1)).toBeNull()
})
