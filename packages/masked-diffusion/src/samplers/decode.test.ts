import { type CanvasRow, freeCanvas, gapCanvas } from '@trivium/language-model'
import { circulantLanguage } from '@trivium/languages'
import type { SamplerConfig } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { createAbsorbingProcess } from '../absorbing.ts'
import { oracleOf, watch, write } from '../testing/oracle.ts'
import { type Denoiser, decodeMasked } from './decode.ts'

const { vocabulary, denoise } = oracleOf(circulantLanguage([0.55, 0.25, 0.15, 0.05]))
const model = { denoise, vocabulary, process: createAbsorbingProcess('linear') }

const samplers: SamplerConfig[] = [
  { type: 'ancestral', steps: 6, temperature: 1 },
  { type: 'low-confidence', steps: 4, temperature: 0.8 },
  { type: 'low-confidence', steps: 6, temperature: 1, blockLength: 3 },
  { type: 'threshold', tau: 0.6, temperature: 1 },
  { type: 'threshold', tau: 0.6, temperature: 1.2, blockLength: 5 },
]
const frozenRow: CanvasRow = {
  tokens: Int32Array.from({ length: 10 }, (_, i) => i % 4),
  frozen: new Uint8Array(10).fill(1),
}
const prompt = gapCanvas(Int32Array.of(3, 1), 8, new Int32Array(0), vocabulary)
const suffix = gapCanvas(new Int32Array(0), 7, Int32Array.of(2, 2, 0), vocabulary)
const infill = gapCanvas(Int32Array.of(1), 4, Int32Array.of(3, 0, 2, 1, 1), vocabulary)
const batch = [freeCanvas(10, vocabulary), prompt, suffix, infill, frozenRow]

describe.each(samplers.map((sampler) => [`${sampler.type} ${JSON.stringify(sampler)}`, sampler] as const))(
  '%s',
  (_, sampler) => {
    it('writes every free position with text and leaves frozen ones alone', async () => {
      const { rows, cost } = await write({ canvas: batch, sampler, seed: 3 }, model)
      rows.forEach(({ tokens, finish }, r) => {
        expect(finish).toBe('length')
        tokens.forEach((token, i) => {
          expect(token).toBeLessThan(vocabulary.textSize)
          if (batch[r].frozen[i] === 1) expect(token).toBe(batch[r].tokens[i])
        })
      })
      expect(cost.cacheCommits).toBe(0)
      expect(cost.msFirstToken).toBeGreaterThan(0)
      expect(cost.ms).toBeGreaterThanOrEqual(cost.msFirstToken)
    })

    it('gives row i of a batch what the row alone gets', async () => {
      const together = await write({ canvas: batch, sampler, seed: 3 }, model)
      let positions = 0
      for (let r = 0; r < batch.length; r++) {
        // Fully frozen neighbours take no part: the row runs alone at its own place.
        const alone = await write(
          { canvas: batch.map((row, i) => (i === r ? row : frozenRow)), sampler, seed: 3 },
          model,
        )
        expect([...alone.rows[r].tokens]).toEqual([...together.rows[r].tokens])
        expect(alone.cost.forwards).toBeLessThanOrEqual(together.cost.forwards)
        positions += alone.cost.tokenPositions
      }
      expect(together.cost.tokenPositions).toBe(positions)
    })

    it('repeats itself, and differs by seed and by row', async () => {
      const canvas = [freeCanvas(10, vocabulary), freeCanvas(10, vocabulary)]
      const tokens = async (seed: number) =>
        (await write({ canvas, sampler, seed }, model)).rows.map((row) => row.tokens.join())
      const first = await tokens(1)
      expect(await tokens(1)).toEqual(first)
      expect(await tokens(2)).not.toEqual(first)
      expect(first[0]).not.toBe(first[1])
    })

    it('ignores what stood in a free position', async () => {
      const scribbled = {
        tokens: prompt.tokens.map((token, i) => (prompt.frozen[i] === 1 ? token : 2)),
        frozen: prompt.frozen,
      }
      const [clean, edited] = await Promise.all(
        [prompt, scribbled].map((row) => write({ canvas: [row], sampler, seed: 8 }, model)),
      )
      expect([...edited.rows[0].tokens]).toEqual([...clean.rows[0].tokens])
    })

    it('traces a row: full snapshots, the last one is the result', async () => {
      const request = { canvas: [infill, prompt], sampler, seed: 4 }
      const { rows, cost, events } = await watch(request, model)
      expect([...(events.at(-1)?.tokens ?? [])]).toEqual([...rows[0].tokens])
      expect(events.flatMap(({ committed }) => committed).sort((a, b) => a - b)).toEqual([1, 2, 3, 4])
      let before = infill.tokens
      for (const { tokens, changed, committed, confidence, forwards } of events) {
        tokens.forEach((token, i) => expect(changed.includes(i)).toBe(token !== before[i]))
        expect(changed).toEqual(committed)
        tokens.forEach((token, i) => {
          if (infill.frozen[i] === 1) expect(confidence[i]).toBe(1)
          else if (token === vocabulary.mask) expect(confidence[i]).toBe(0)
          else expect(confidence[i]).toBeGreaterThan(0)
        })
        expect(forwards).toBeLessThanOrEqual(cost.forwards)
        before = tokens
      }
      const untraced = await write(request, model)
      expect(untraced.rows.map((row) => row.tokens.join())).toEqual(rows.map((row) => row.tokens.join()))
    })

    it('returns at once when nothing is to be written', async () => {
      const refuse: Denoiser = () => Promise.reject(new Error('no forward is needed'))
      const { rows, cost } = await write(
        { canvas: [frozenRow, frozenRow], sampler, seed: 1 },
        { ...model, denoise: refuse },
      )
      expect([...rows[1].tokens]).toEqual([...frozenRow.tokens])
      expect(cost).toMatchObject({ forwards: 0, tokenPositions: 0, cacheCommits: 0, msFirstToken: 0 })
    })

    it('ends a row with a stop token in its free tail as soon as the text before it stands; in a gap it is text', async () => {
      const canvas = [suffix, freeCanvas(10, vocabulary), freeCanvas(10, vocabulary)]
      const free = await write({ canvas, sampler, seed: 12 }, model)
      const stopped = await watch({ canvas, sampler, seed: 12, stopTokens: [2] }, model, 1)
      expect(stopped.rows.some((row) => row.finish === 'stop')).toBe(true)
      stopped.rows.forEach(({ tokens, finish }, r) => {
        const stop = r === 0 ? -1 : tokens.indexOf(2)
        expect(finish).toBe(stop < 0 ? 'length' : 'stop')
        tokens.forEach((token, i) => {
          if (stop < 0 || i <= stop) expect(token).toBe(free.rows[r].tokens[i])
          else expect(token).toBe(vocabulary.pad)
        })
      })
      expect(stopped.cost.tokenPositions).toBeLessThanOrEqual(free.cost.tokenPositions)
      expect([...(stopped.events.at(-1)?.tokens ?? [])]).toEqual([...stopped.rows[1].tokens])
    })

    it('stops between two forwards, with what stands so far', async () => {
      const stop = new AbortController()
      let forwards = 0
      const counted: Denoiser = (canvases) => {
        forwards += 1
        if (forwards === 2) stop.abort()
        return denoise(canvases)
      }
      const request = { canvas: [freeCanvas(10, vocabulary), frozenRow], sampler, seed: 3 }
      const whole = await write(request, model)
      const { rows, cost } = await write({ ...request, signal: stop.signal }, { ...model, denoise: counted })
      expect(cost.forwards).toBe(2)
      expect(rows.map(({ finish }) => finish)).toEqual(['aborted', 'length'])
      expect(rows[0].tokens).toContain(vocabulary.mask)
      rows[0].tokens.forEach((token, i) => {
        if (token !== vocabulary.mask) expect(token).toBe(whole.rows[0].tokens[i])
      })
    })

    it('draws with the options of the request: one token left is the argmax, as temperature 0 is', async () => {
      const canvas = [freeCanvas(10, vocabulary), infill]
      const texts = async (options: Partial<SamplerConfig>): Promise<string[]> => {
        const request = { canvas, sampler: { ...sampler, ...options } as SamplerConfig, seed: 5 }
        return (await write(request, model)).rows.map(({ tokens }) => tokens.join())
      }
      const greedy = await texts({ temperature: 0 })
      expect(await texts({ topK: 1 })).toEqual(greedy)
      expect(await texts({ topP: 0.01 })).toEqual(greedy)
      expect(await texts({ topK: 4, topP: 1, minP: 0, repetitionPenalty: 1 })).toEqual(await texts({}))
    })
  },
)

describe('decodeMasked', () => {
  it('yields the steps of the rows that are watched, and of no other', async () => {
    const request = { canvas: batch, sampler: samplers[1], seed: 3 }
    for (const traceRows of [[], [2], [0, 3]]) {
      const seen = new Set<number>()
      for await (const { row } of decodeMasked({ ...request, traceRows }, model)) seen.add(row)
      expect([...seen].sort()).toEqual(traceRows)
    }
    await expect(write({ ...request, traceRows: [5] }, model)).rejects.toThrow(
      'traceRows names row 5; the canvas has rows 0 … 4',
    )
  })

  it('a penalty keeps tokens away that stand elsewhere in the row', async () => {
    const sampler: SamplerConfig = { type: 'ancestral', steps: 4, temperature: 1, repetitionPenalty: 10 }
    const flat: Denoiser = async (canvases) =>
      Float32Array.from({ length: canvases.length * 40 }, (_, n) => (n % 4 === 3 ? 0 : 5))
    const canvas = [gapCanvas(Int32Array.of(0, 1, 2), 1, Int32Array.of(0, 1, 2, 0, 1, 2), vocabulary)]
    const { rows } = await write({ canvas, sampler, seed: 1 }, { ...model, denoise: flat })
    expect(rows[0].tokens[3]).toBe(0)
    const sharp: Denoiser = async (canvases) =>
      Float32Array.from({ length: canvases.length * 40 }, (_, n) => (n % 4 === 3 ? 40 : 50))
    const penalised = await write({ canvas, sampler, seed: 1 }, { ...model, denoise: sharp })
    expect(penalised.rows[0].tokens[3]).toBe(3)
  })

  it('refuses foreign samplers and impossible steps', async () => {
    const canvas = [freeCanvas(4, vocabulary)]
    await expect(
      write({ canvas, sampler: { type: 'ddim', steps: 4, temperature: 1 }, seed: 1 }, model),
    ).rejects.toThrow(/sampler 'ddim' belongs to continuous-diffusion; masked-diffusion has /)
    await expect(
      write({ canvas, sampler: { type: 'ancestral', steps: 0, temperature: 1 }, seed: 1 }, model),
    ).rejects.toThrow(/the sampler is not valid: steps/)
  })
})
