import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from './absorbing.ts'
import { teacherTargets } from './distil.ts'
import { chainLanguage, oracleOf } from './testing/oracle.ts'

const { denoise, vocabulary } = oracleOf(chainLanguage)
const process = createAbsorbingProcess('linear')
const { mask } = vocabulary
const [length, V] = [5, 3]
const canvas = Int32Array.of(0, mask, mask, mask, 1)
/** `count` copies of the canvas at time t. */
const rowsAt = (t: number, count: number) => {
  const tokens = Int32Array.from({ length: count * length }, (_, i) => canvas[i % length])
  return { tokens, clean: tokens, times: new Float64Array(tokens.length).fill(t), batch: count, length }
}
const targetsOf = (
  t: number,
  count: number,
  grid: { steps: number; window: number },
): Promise<Float32Array> =>
  teacherTargets({ denoise, ...grid }, rowsAt(t, count), process, mask, { rng: createRng(5), rowOffset: 0 })

describe('what a teacher says over several steps', () => {
  it('is its own prediction with one step, where something is masked', async () => {
    const targets = await targetsOf(0.7, 1, { steps: 8, window: 1 })
    const own = await denoise([canvas])
    canvas.forEach((token, l) => {
      for (let v = 0; v < V; v++)
        if (token === mask) expect(targets[l * V + v]).toBeCloseTo(own[l * V + v], 5)
        else expect(targets[l * V + v]).toBe(0)
    })
  })

  it.each([
    [0.6, { steps: 4, window: 2 }],
    [1, { steps: 3, window: 3 }],
    [0.9, { steps: 2, window: 2 }],
  ] as const)(
    'is its first prediction in the mean, and more than that in each path: t = %d, %o',
    async (t, grid) => {
      const count = 4000
      const targets = await targetsOf(t, count, grid)
      const own = await denoise([canvas])
      for (const l of [1, 2, 3])
        for (let v = 0; v < V; v++) {
          const values = Array.from({ length: count }, (_, b) => Math.exp(targets[(b * length + l) * V + v]))
          const mean = values.reduce((a, x) => a + x) / count
          const sd = Math.sqrt(values.reduce((a, x) => a + (x - mean) ** 2, 0) / count)
          expect(Math.abs(mean - Math.exp(own[l * V + v]))).toBeLessThan((4.5 * sd) / Math.sqrt(count) + 1e-4)
          expect(sd).toBeGreaterThan(0.02)
        }
    },
  )

  it('asks the teacher once a step, with what it wrote before, and leaves the rows alone', async () => {
    const shown: string[] = []
    const rows = rowsAt(1, 1)
    await teacherTargets(
      {
        denoise: (canvases) => {
          shown.push(canvases[0].join())
          return denoise(canvases)
        },
        steps: 3,
        window: 3,
      },
      rows,
      process,
      mask,
      { rng: createRng(1), rowOffset: 0 },
    )
    expect(shown).toHaveLength(3)
    expect(shown[0]).toBe(canvas.join())
    const masks = shown.map((row) => row.split(`${mask}`).length - 1)
    expect(masks[2]).toBeLessThan(3)
    expect(masks[1]).toBeGreaterThanOrEqual(masks[2])
    expect([...rows.tokens]).toEqual([...canvas])
  })
})
