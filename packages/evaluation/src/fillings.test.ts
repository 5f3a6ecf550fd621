/** @file The judge gap: zero for the truth, by hand for a filling, and no gain for leaving the gap empty. */
import { describe, expect, it } from 'vitest'
import { type Filling, judgeGap } from './fillings.ts'
import { trainJudge } from './judge.ts'

const judge = trainJudge('the old sailor sees the river and the young farmer sees the bridge '.repeat(50), {
  order: 4,
})
const filling = (written: string): Filling => ({
  left: 'the old sai',
  right: ' sees the river',
  wanted: 'lor',
  written,
})
const gapOf = (written: string): number => judgeGap('infill@1', [filling(written)], judge)[0].value

describe('judgeGap', () => {
  it('is zero for the true text, and what the judge says by hand for another', () => {
    expect(gapOf('lor')).toBe(0)
    const bits = (text: string): number => {
      const all = judge.characterBits(text, { context: 'the old sai' })
      return all.reduce((sum, b) => sum + b, 0) / all.length
    }
    expect(gapOf('xyz')).toBeCloseTo(bits('xyz se') - bits('lor se'), 12)
    expect(gapOf('xyz')).toBeGreaterThan(1)
  })
  it('charges an empty answer for the seam that it leaves', () => {
    expect(gapOf('')).toBeGreaterThan(1)
  })
  it('is below zero for what is commoner than the truth', () => {
    const rare: Filling = { left: 'and the ', right: ' sees the', wanted: 'qqq', written: 'young farmer' }
    expect(judgeGap('infill@1', [rare], judge)[0].value).toBeLessThan(0)
  })
  it('has a value without any filling nowhere', () => {
    expect(judgeGap('infill@1', [], judge)).toEqual([])
  })
})
