import { expect, it } from 'vitest'
import { plantedCounts } from './planted.ts'

it('the gate finds a sampler that ignores temperature and noise on one layer, and lets other draws pass', async () => {
  const counts = await plantedCounts({ repetitions: 1, samples: 24, length: 64, rows: 32, engine: 'wasm' })
  expect(counts).toEqual({ ignoresTemperature: 1, noisyLayer: 1, otherDraws: 0, missing: 1 })
}, 120_000)
