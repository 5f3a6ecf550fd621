/** @file Child process of `calibrate`: loads one candidate, measures it, and prints what came of it as one JSON line. */

import { setActiveEngine } from '../state.ts'
import { silenceBanners } from './banners.ts'
import type { CandidateAnswer, CandidateQuestion } from './calibration.ts'
import { settingsOf } from './calibration.ts'
import { firstLine } from './child-process.ts'
import { loaders, Obstacle } from './loaders.ts'
import { createProxy, type Workload } from './proxy.ts'

async function answer({ candidate, threads, workload }: CandidateQuestion): Promise<CandidateAnswer> {
  const { name, blas } = settingsOf(candidate)
  silenceBanners()
  try {
    const engine = await loaders[name].load({ blas, threads })
    setActiveEngine(engine)
    const figures = workload === null ? { trainMs: 0, forwardMs: 0 } : await measure(workload)
    return { label: engine.label, ...figures }
  } catch (error) {
    const advice = error instanceof Obstacle ? error.advice : loaders[name].advice
    return { failure: firstLine(error), advice }
  }
}

async function measure(workload: Workload): Promise<{ trainMs: number; forwardMs: number }> {
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

const line = JSON.stringify(await answer(JSON.parse(process.argv[2]) as CandidateQuestion))
process.stdout.write(`${line}\n`, () => process.exit(0))
