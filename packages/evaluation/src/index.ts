/** @file Measuring generated text: quality with controls, likelihood, latency, the steps sweep, oracle checks. */
export {
  type Answers,
  answerMetrics,
  type Judgement,
  type Problem,
  type ProblemSet,
  writeAnswers,
} from './answers.ts'
export { configHash } from './config-hash.ts'
export { controlBaselines, controlTexts } from './controls.ts'
export { type Judge, nGramBits, trainJudge } from './judge.ts'
export { measureLatency, type TimedMethod } from './latency.ts'
export { bitsPerCharacter } from './likelihood.ts'
export { divergenceFloor, errorRates, oracleGap, transitionDivergence } from './oracle.ts'
export { qualityMetrics } from './quality.ts'
export { buildReference, checkHeldOut, heldOutTexts, type QualityReference } from './reference.ts'
export { bootstrap, meanAndStderr, pairedDifference, percentiles, wilson } from './statistics.ts'
export {
  runSweep,
  type SweepModel,
  type SweepOptions,
  type TimedPoint,
  timeSweep,
  traceRecord,
  withTiming,
} from './sweep.ts'
export { defaultSweepPoints, type SweepPoint, sweepPoint } from './sweep-points.ts'
