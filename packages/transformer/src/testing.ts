/** @file What the tests of the backbone share: one tiny config, inputs, and a comparison. */
import { reshape, slice, type Tensor } from '@trivium/engine'
import { createRng } from '@trivium/random'
import type { BackboneConfig } from '@trivium/schema'
import { expect } from 'vitest'
import { normalTensor, resolveBackbone } from './index.ts'

export const tiny = { depth: 2, width: 16, heads: 2, mlpWidth: 24, convolution: 4, context: 12 }
export const tinyConfig: BackboneConfig = resolveBackbone({ ...tiny, positions: 'table' })
export const rows = (x: Tensor, batch: number, from: number, to: number): Tensor => {
  const [n, d] = x.shape
  return reshape(slice(reshape(x, [batch, n / batch, d]), [0, from, 0], [batch, to - from, d]), [
    batch * (to - from),
    d,
  ])
}
export const expectClose = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-4): void => {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(tolerance)
}
/** Learned positions in every other variant. */
export const positionsOf = (convolution: number): Pick<BackboneConfig, 'positions'> =>
  convolution % 8 === 0 ? { positions: 'table' } : { positions: undefined }

/** Rows of 12 positions [batch·12, 16]. */
export const input = (batch: number): Tensor => normalTensor(createRng(4), [batch * 12, 16], 1)
