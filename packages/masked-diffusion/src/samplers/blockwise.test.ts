import { gapCanvas, startDecoding } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { describe, expect, it } from 'vitest'
import { blocksOf, type MaskedSampler, type StepRecord, writeRow } from './blockwise.ts'

const vocabulary = { size: 8, textSize: 4, mask: 4, bos: 5, eos: 6, pad: 7 }
const canvas = gapCanvas(Int32Array.of(3), 6, Int32Array.of(2), vocabulary)

/** Runs a sampler on one row; every forward predicts token 1 everywhere. Gives the steps and the row after each. */
function run(sampler: MaskedSampler) {
  const decoding = startDecoding(
    { canvas: [canvas], sampler: { type: 'ar', temperature: 1, cache: true }, seed: 1 },
    vocabulary,
  )
  const [state] = decoding.rows
  const context = { row: state, options: { temperature: 1 }, mask: 4, textSize: 4, rng: createRng(1) }
  const logits = Float32Array.from({ length: canvas.tokens.length * 4 }, (_, n) => (n % 4 === 1 ? 50 : 0))
  const records: StepRecord[] = []
  const shown: string[] = []
  let forwards = 0
  const program = writeRow(context, sampler)
  for (let next = program.next(logits); next.done !== true; next = program.next(logits)) {
    if ('block' in next.value) forwards += 1
    else {
      records.push(next.value)
      shown.push(state.tokens.join('').replaceAll('4', '_'))
    }
  }
  return { records, shown, forwards, state }
}

describe('writeRow', () => {
  it('a sampler may take tokens back: a write of MASK opens the position again', () => {
    // Steps 1 and 2 write three positions, step 3 takes back the two with the lowest confidence without a forward.
    const { shown, forwards, state } = run({
      stepsOf: (sizes) => sizes.map(() => 4),
      *choose({ row, positions, open, index, draw }) {
        if (index === 3)
          return positions
            .slice()
            .sort((a, b) => row.confidence[a] - row.confidence[b] || b - a)
            .slice(0, 2)
            .map((position) => ({ position, token: 4, confidence: 0 }))
        return draw(open.slice(0, 3), yield)
      },
    })
    expect(shown).toEqual(['3111___2', '31111112', '31111__2', '31111112'])
    expect(forwards).toBe(3)
    expect([...state.frozen]).toEqual([...canvas.frozen])
  })

  it('a sampler may revise what is written, block by block, and end a block at a fixed point', () => {
    const { records, shown, forwards } = run({
      blockLength: 4,
      stepsOf: (sizes) => sizes.map(() => 9),
      *choose({ row, positions, open, index, draw }) {
        // A draft of zeros first; then what differs from the prediction is overwritten, one position a step.
        if (index === 1) return open.map((position) => ({ position, token: 0, confidence: 0.5 }))
        const better = draw(positions, yield).filter(({ position, token }) => row.tokens[position] !== token)
        return better.length === 0 ? null : better.slice(0, 1)
      },
    })
    expect(shown).toEqual([
      '30000__2',
      '31000__2',
      '31100__2',
      '31110__2',
      '31111__2',
      '31111002',
      '31111102',
      '31111112',
    ])
    expect(records.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(forwards).toBe(5 + 3)
  })

  it('counts a step that wrote nothing, shows none, and runs no forward that no step asked for', () => {
    const { records, forwards } = run({
      stepsOf: (sizes) => sizes.map(() => 5),
      *choose({ open, index, draw }) {
        return index === 4 ? draw(open, yield) : []
      },
    })
    expect(records.map(({ step, writes }) => [step, writes.length])).toEqual([[4, 6]])
    expect(forwards).toBe(1)
  })
})

describe('blocksOf', () => {
  it('counts places from the first position to write, and leaves empty blocks out', () => {
    expect(blocksOf([2, 3, 4, 5, 6], 2)).toEqual([[2, 3], [4, 5], [6]])
    expect(blocksOf([1, 9], 3)).toEqual([[1], [9]])
    expect(blocksOf([1, 9])).toEqual([[1, 9]])
    expect(blocksOf([], 3)).toEqual([])
  })
})
