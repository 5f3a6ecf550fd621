import { describe, expect, it } from 'vitest'
import { maskedOptionsSchema, parseInput } from './index.ts'

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
