import { describe, expect, it } from 'vitest'
import { continuousOptionsSchema, maskedOptionsSchema, parseInput } from './index.ts'

const parse = (value: unknown) => parseInput(maskedOptionsSchema, value, 'the options')

describe('options of masked diffusion', () => {
  it('are a plain masked model when nothing is said', () => {
    expect(parse({})).toEqual({
      process: 'absorbing',
      schedule: 'linear',
      weighting: 'flat',
      timeRange: [0, 1],
      randomLengths: 0,
      visibleNoise: 0,
      visibleFrom: 0.8,
      drafts: 0,
    })
  })

  it.each([
    [{ process: 'uniform', blockLength: 4 }, /blockLength: blocks are for process: absorbing/],
    [{ process: 'uniform', weighting: 'clipped' }, /weighting: clipped is for process: absorbing/],
    [
      { process: 'uniform', visibleNoise: 0.1 },
      /visibleNoise: process: uniform makes visible tokens wrong anyway/,
    ],
    [{ timeRange: [0.8, 0.3] }, /timeRange: its first time must not lie above its second/],
    [{ timeRange: [0.3, 1.2] }, /timeRange\.1/],
    [{ drafts: 0.5 }, /drafts: they need visibleNoise above 0/],
    [{ blockLength: 0 }, /blockLength/],
    [{ blockLength: 4, distil: { teacher: 'x' } }, /distil: a teacher shows plain masked models/],
    [{ process: 'uniform', distil: { teacher: 'x' } }, /distil: a teacher shows plain masked models/],
    [{ distil: { teacher: '' } }, /distil\.teacher/],
    [{ distil: { teacher: 'x', upTo: 1.5 } }, /distil\.upTo/],
    [{ distil: { teacher: 'x', steps: 0 } }, /distil\.steps/],
  ])('refuse %j', (value, message) => {
    expect(() => parse(value)).toThrow(message)
  })
})

describe('options of continuous diffusion', () => {
  const read = (value: unknown) => parseInput(continuousOptionsSchema, value, 'the options')

  it('name a space and a teacher only where they are given', () => {
    expect(read({})).not.toHaveProperty('latent')
    expect(read({})).not.toHaveProperty('distil')
    // What the manifests of older checkpoints leave out stays left out, or their hashes would differ.
    expect(read({})).not.toHaveProperty('placePosterior')
    expect(read({ latent: {} }).latent).toEqual({
      rate: 4,
      dim: 32,
      hidden: 128,
      share: 0.2,
      reconstruction: 0.995,
    })
    expect(read({ distil: { teacher: 'x' } }).distil).toEqual({ teacher: 'x', steps: 16 })
  })

  it.each([
    [{ gammaMin: 2, gammaMax: 1 }, /gammaMax: it must lie above gammaMin/],
    [{ gammaMin: -31 }, /gammaMin/],
    [{ latent: { rate: 1 } }, /latent\.rate/],
    [{ latent: { share: 0 } }, /latent\.share/],
    [{ latent: { share: 1 } }, /latent\.share/],
    [{ latent: { reconstruction: 1.1 } }, /latent\.reconstruction/],
    [{ latent: {}, placePosterior: true }, /placePosterior: it is read off embeddings; leave latent out/],
    [{ latent: {}, distil: { teacher: 'x' } }, /distil: a teacher shows models of embeddings/],
    [{ objective: 'vlb', distil: { teacher: 'x' } }, /objective: a student learns texts: take cross-entropy/],
  ])('refuse %j', (value, message) => {
    expect(() => read(value)).toThrow(message)
  })
})
