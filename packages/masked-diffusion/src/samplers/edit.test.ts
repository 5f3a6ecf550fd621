import { type CanvasRow, freeCanvas, gapCanvas } from '@trivium/language-model'
import { createLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import type { SamplerConfigOf } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { oracleOf, watch, write } from '../testing/oracle.ts'

const process = createAbsorbingProcess('linear')
const language = createLanguage({ type: 'blocks', vocabSize: 6, seed: 1, blockLength: 8 })
// The oracle doubts what is shown: one token in fifty may be wrong.
const { vocabulary, denoise } = oracleOf(language, 0.02)
const model = { denoise, vocabulary, process }
type Edit = Extract<SamplerConfigOf<'masked-diffusion'>, { type: 'edit' }>
const sampler = (changes: Partial<Edit> = {}): Edit => ({
  type: 'edit',
  tauMask: 0.7,
  tauEdit: 0.5,
  temperature: 1,
  ...changes,
})
const clean = language.sample(createRng(5), 32)
/** The clean text as a draft, with other tokens at these positions. */
function draft(...wrong: number[]): CanvasRow {
  const tokens = clean.map((token, i) => (wrong.includes(i) ? (token + 1) % 6 : token))
  return { tokens, frozen: new Uint8Array(32) }
}

describe('edit', () => {
  it('repairs a draft in one step and stops at the fixed point, which costs a forward', async () => {
    const { rows, cost, events } = await watch(
      { canvas: [draft(3, 12, 30)], sampler: sampler(), seed: 1 },
      model,
    )
    expect(rows[0].tokens).toEqual(clean)
    expect(events.map(({ changed }) => changed)).toEqual([[3, 12, 30]])
    expect(cost.forwards).toBe(2)
  })

  it('leaves right text alone, and with τ_e = 1 wrong text too, without a forward', async () => {
    const right = await write({ canvas: [draft()], sampler: sampler(), seed: 1 }, model)
    expect(right.rows[0].tokens).toEqual(clean)
    expect(right.cost.forwards).toBe(1)
    const off = await write({ canvas: [draft(3)], sampler: sampler({ tauEdit: 1 }), seed: 1 }, model)
    expect(off.rows[0].tokens).toEqual(draft(3).tokens)
    expect(off.cost.forwards).toBe(0)
  })

  it('never changes what is frozen, however wrong', async () => {
    const { tokens } = draft(3)
    const frozen = new Uint8Array(32)
    frozen[3] = 1
    const { rows } = await write({ canvas: [{ tokens, frozen }], sampler: sampler(), seed: 1 }, model)
    expect(rows[0].tokens[3]).toBe(tokens[3])
    expect(rows[0].tokens[2]).toBe(clean[2])
  })

  it('writes free canvases without an error and leaves no MASK', async () => {
    const canvas = Array.from({ length: 8 }, () => freeCanvas(32, vocabulary))
    const { rows, cost } = await write({ canvas, sampler: sampler(), seed: 2 }, model)
    for (const { tokens, finish } of rows) {
      expect(language.errors(tokens)).toBe(0)
      expect(finish).toBe('length')
    }
    expect(cost.forwards).toBeLessThan(32)
  })

  it('fills a gap, block by block as well, and ends a row at a stop token only when it is done', async () => {
    const canvas = gapCanvas(clean.slice(0, 4), 12, clean.slice(16), vocabulary)
    for (const blockLength of [undefined, 4]) {
      const { rows } = await write({ canvas: [canvas], sampler: sampler({ blockLength }), seed: 3 }, model)
      expect(language.errors(rows[0].tokens)).toBe(0)
    }
    const stop = await write(
      { canvas: [freeCanvas(16, vocabulary)], sampler: sampler(), seed: 4, stopTokens: [0, 1, 2, 3, 4, 5] },
      model,
    )
    expect(stop.rows[0].finish).toBe('stop')
    expect(stop.rows[0].tokens.slice(1).every((token) => token === vocabulary.pad)).toBe(true)
  })
})
