import { linear, readScalar, type Tensor, tensor, tidy } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import type { Generation, GenerationRequest, LossContext, TokenBatch } from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { beforeAll, describe, expect, it } from 'vitest'
import type { NoisyRows } from './network.ts'
import { createObjective } from './objective.ts'
import { optionsWith } from './testing/options.ts'

const V = 5
const vocabulary = { size: 9, textSize: V, mask: V, bos: 6, eos: 7, pad: 8 }
const [rows, length] = [16, 40]
const batch: TokenBatch = {
  tokens: Int32Array.from({ length: rows * length }, (_, i) => i % V),
  batch: rows,
  length,
}
const context: LossContext = { rng: createRng(3), rowOffset: 0, totalRows: rows, step: 9, totalSteps: 10 }
const options = optionsWith({ visibleNoise: 0.4, drafts: 1 })

beforeAll(async () => {
  await startEngine('cpu')
})

/** A network that says 2 or 3, each half the time, and notes what it was shown. */
function network(): { read: (rows: NoisyRows) => Tensor; seen: Int32Array[] } {
  const seen: Int32Array[] = []
  const row = tensor([0, 0, 30, 30, 0], [1, V])
  return {
    seen,
    read({ tokens }) {
      seen.push(tokens.slice())
      return linear(tensor(new Float32Array(tokens.length).fill(1), [tokens.length, 1]), row)
    },
  }
}

describe('drafts', () => {
  it('stand where the network was asked, from one look at the rows before', async () => {
    const { read, seen } = network()
    const objective = createObjective({ options, vocabulary }, read)
    await objective.prepareLoss(batch, context)
    const loss = tidy(() => objective.loss(batch, context))
    expect(seen).toHaveLength(2)
    const [asked, learnt] = seen
    const counts = new Float64Array(V)
    let masked = 0
    asked.forEach((token, i) => {
      if (token !== vocabulary.mask) expect(learnt[i]).toBe(token)
      else if (learnt[i] === vocabulary.mask) masked += 1
      else counts[learnt[i]] += 1
    })
    expect(masked).toBeGreaterThan(200)
    expect([...counts].map((n) => n > 0)).toEqual([false, false, true, true, false])
    expect(counts[2] / (counts[2] + counts[3])).toBeGreaterThan(0.3)
    expect(counts[2] / (counts[2] + counts[3])).toBeLessThan(0.7)
    expect(await readScalar(loss)).toBeGreaterThan(1)
    loss.dispose()
  })

  it('are drawn anew for each step, and again the same', async () => {
    const drawn = async (step: number): Promise<number[]> => {
      const { read, seen } = network()
      const objective = createObjective({ options, vocabulary }, read)
      const at = { ...context, rng: createRng(step) }
      await objective.prepareLoss(batch, at)
      tidy(() => void objective.loss(batch, at))
      return [...seen[1]]
    }
    expect(await drawn(1)).toEqual(await drawn(1))
    expect(await drawn(1)).not.toEqual(await drawn(2))
  })

  it('want to be prepared, and look at nothing before their time', async () => {
    const { read, seen } = network()
    const objective = createObjective({ options, vocabulary }, read)
    expect(() => objective.loss(batch, context)).toThrow(/wants prepareLoss before loss/)
    const early = { ...context, step: 1 }
    await objective.prepareLoss(batch, early)
    expect(seen).toHaveLength(0)
    tidy(() => void objective.loss(batch, early))
    expect(seen).toHaveLength(1)
  })
})

describe('without drafts', () => {
  it('the loss is the weighted cross-entropy of the masked tokens', async () => {
    const { read, seen } = network()
    const objective = createObjective({ options: optionsWith({ weighting: 'elbo' }), vocabulary }, read)
    const loss = tidy(() => objective.loss(batch, context))
    const u = context.rng.fork('time').uniform()
    let expected = 0
    seen[0].forEach((token, i) => {
      const t = (u + Math.floor(i / length)) / rows
      const right = batch.tokens[i] === 2 || batch.tokens[i] === 3
      if (token === vocabulary.mask) expected += (right ? Math.log(2) : 30 + Math.log(2)) / t / rows / length
    })
    expect((await readScalar(loss)) / expected).toBeCloseTo(1, 4)
    loss.dispose()
  })
})

describe('with a teacher', () => {
  it('the loss is that of what the teacher writes, and wants the teacher', async () => {
    const taught = optionsWith({ distil: { teacher: 'its folder', steps: 4, upTo: 1 } })
    const { read } = network()
    // Token 2 costs ln 2, any other text but 3 about 30 nats.
    const teacher = {
      generate: async ({ canvas }: GenerationRequest): Promise<Generation> => ({
        rows: canvas.map(({ tokens }) => ({
          tokens: tokens.map(() => 2),
          finish: 'length' as const,
          forwards: 1,
          tokenPositions: length,
        })),
        cost: { forwards: 1, tokenPositions: rows * length, cacheCommits: 0, ms: 0, msFirstToken: 0 },
      }),
    }
    const objective = createObjective({ options: taught, vocabulary, teacher }, read)
    await objective.prepareLoss(batch, context)
    const loss = tidy(() => objective.loss(batch, context))
    // `flat`: about ln 2 a masked token.
    expect(await readScalar(loss)).toBeGreaterThan(0.5)
    expect(await readScalar(loss)).toBeLessThan(0.9)
    loss.dispose()
    const alone = createObjective({ options: taught, vocabulary }, read)
    await expect(alone.prepareLoss(batch, context)).rejects.toThrow(/trained with its teacher/)
  })
})
