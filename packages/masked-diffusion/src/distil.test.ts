import { drain } from '@trivium/language-model'
import { createLanguage } from '@trivium/languages'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from './absorbing.ts'
import { type Teacher, teacherTexts } from './distil.ts'
import { decodeMasked } from './samplers/decode.ts'
import { oracleOf } from './testing/oracle.ts'

const language = createLanguage({ type: 'chain', vocabSize: 6, seed: 1, successors: 2 })
const { denoise, vocabulary } = oracleOf(language)
const process = createAbsorbingProcess('linear')
const { mask } = vocabulary
const [batch, length] = [12, 16]

/** An exact teacher that notes how it was asked. */
function teacher(): Teacher & { asked: { rows: number; sampler: object }[] } {
  const asked: { rows: number; sampler: object }[] = []
  return {
    asked,
    generate(request) {
      asked.push({ rows: request.canvas.length, sampler: request.sampler })
      return drain(decodeMasked(request, { denoise, vocabulary, process }))
    },
  }
}

/** Rows of the language at time t = .1, .2, … of which every second token is hidden. */
const clean = new Int32Array(batch * length)
for (let b = 0; b < batch; b++) clean.set(language.sample(createRng(7).fork(b), length), b * length)
const tokens = clean.map((token, i) => (i % 2 === 0 ? token : mask))
const times = Float64Array.from(tokens, (_, i) => Math.min(1, (1 + Math.floor(i / length)) / 10))
const rows = { tokens, clean, times, batch, length }
const rowOf = (texts: Int32Array, b: number): Int32Array => texts.subarray(b * length, (b + 1) * length)

describe('what a teacher writes', () => {
  it('stands in the place of the hidden text up to t = upTo, and fits together; above, the text itself', async () => {
    const asked = teacher()
    const targets = await teacherTexts(asked, rows, { steps: 8, upTo: 0.75 }, mask)
    expect(asked.asked).toEqual([{ rows: 7, sampler: { type: 'low-confidence', steps: 8, temperature: 0 } }])
    let differs = 0
    for (let b = 0; b < batch; b++) {
      const [target, own] = [rowOf(targets, b), rowOf(clean, b)]
      target.forEach((token, l) => {
        if (rowOf(tokens, b)[l] !== mask) expect(token).toBe(own[l])
      })
      expect(language.errors(target)).toBe(0)
      if (b >= 7) expect(target).toEqual(own)
      else differs += target.filter((token, l) => token !== own[l]).length
    }
    // Between two visible tokens more than one may fit; the teacher has its one way.
    expect(differs).toBeGreaterThan(3)
    expect(await teacherTexts(teacher(), rows, { steps: 8, upTo: 0.75 }, mask)).toEqual(targets)
  })

  it('is not asked for where every row is above upTo, and the rows stay as they are', async () => {
    const asked = teacher()
    const before = [tokens.slice(), clean.slice()]
    expect(await teacherTexts(asked, rows, { steps: 8, upTo: 0.05 }, mask)).toEqual(clean)
    expect(asked.asked).toEqual([])
    await teacherTexts(asked, rows, { steps: 8, upTo: 1 }, mask)
    expect([tokens, clean]).toEqual(before)
  })
})
