import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readTrainingCurve } from './training-curve.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'training-curve-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const point = { step: 1, tokens: 64, seconds: 0.5, loss: 3, validation: null }

it('is empty before a training', () => {
  expect(readTrainingCurve('ar', folder)).toEqual({ curve: { model: 'ar', points: [] }, leftOut: 0 })
})

it('takes the last line of a step, and leaves out and counts what is no point', () => {
  const lines = [
    { ...point, step: 3, tokensPerSecond: 9 },
    { ...point, step: 2, loss: 7 },
    { ...point, step: 2 },
    // What NaN becomes in JSON.
    { ...point, step: 4, loss: null },
    null,
    [point],
    { step: 5 },
    'step 6',
  ]
  const text = `\ufeff${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"step":7,"lo`
  writeFileSync(join(folder, 'metrics.jsonl'), text)
  expect(readTrainingCurve('ar', folder)).toEqual({
    curve: {
      model: 'ar',
      points: [
        { ...point, step: 2 },
        { ...point, step: 3 },
      ],
    },
    leftOut: 5,
  })
})
