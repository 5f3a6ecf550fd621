/** @file How fast the running engine is at a model of some size: what a choice between engines is made of. */
import type { Calibration, EngineCandidate, EngineUse } from '@trivium/schema'
import { createProxy, type Workload } from './proxy.ts'

/** The small preset in training, for a caller that does not tell its size. */
export const defaultWorkload: Workload = { width: 128, length: 128, batch: 16 }

export type Figures = { readonly trainMs: number; readonly forwardMs: number }

/** Milliseconds of a training step and of a forward at batch 1. */
export async function measure(workload: Workload): Promise<Figures> {
  const proxy = createProxy(workload)
  const trainMs = await bestMs(() => proxy.trainStep())
  const forwardMs = await bestMs(() => proxy.forward())
  proxy.dispose()
  return { trainMs, forwardMs }
}

/** The best of three to ten calls within about a second, after one that warms up; the first when it alone takes longer. */
async function bestMs(run: () => Promise<unknown>): Promise<number> {
  const once = async (): Promise<number> => {
    const start = performance.now()
    await run()
    return performance.now() - start
  }
  const first = await once()
  if (first > 3000) return first
  let best = Number.POSITIVE_INFINITY
  const start = performance.now()
  for (let i = 0; i < 10 && (i < 3 || performance.now() - start < 1000); i++)
    best = Math.min(best, await once())
  return best
}

/** Candidates that work, the fastest first; wasm without figures when it is the only one. */
export function ranking({ figures }: Calibration, use: EngineUse): EngineCandidate[] {
  if (figures.length === 0) return ['wasm']
  const ms = (f: Calibration['figures'][number]): number => (use === 'training' ? f.trainMs : f.forwardMs)
  return figures.toSorted((a, b) => ms(a) - ms(b)).map(({ candidate }) => candidate)
}
