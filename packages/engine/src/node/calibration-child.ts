/** @file Child process of `calibrate`: loads one candidate, measures it, and prints what came of it as one JSON line. */
import { endWithParent } from '@trivium/files'
import { measure } from '../measure.ts'
import { firstLine } from '../starting.ts'
import { setActiveEngine } from '../state.ts'
import { silenceBanners } from './banners.ts'
import type { CandidateAnswer, CandidateQuestion } from './calibration.ts'
import { settingsOf } from './calibration.ts'
import { loaders, Obstacle } from './loaders.ts'

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

endWithParent(Number(process.argv[2]))
const line = JSON.stringify(await answer(JSON.parse(process.argv[3]) as CandidateQuestion))
process.stdout.write(`${line}\n`, () => process.exit(0))
