/** @file Measuring generated text: quality with controls, likelihood, latency, the steps sweep, oracle checks. */
export { answerBaselines, answerMetrics } from './answer-metrics.ts'
export {
  type Answers,
  type Judgement,
  judgeAnswers,
  type Problem,
  type ProblemSet,
  verifierFailures,
  writeAnswers,
} from './answers.ts'

export { commonCharacters, countCharacters, cutCharacters } from './characters.ts'
export { configHash } from './config-hash.ts'
export { controlBaselines, controlTexts } from './controls.ts'
export { detectionMetric, type Edits, type Noisy } from './corrections.ts'
export { differencesOf, type RunDifference, type RunDifferences } from './differences.ts'
export { type Filling, judgeGap } from './fillings.ts'
export { type Gated, type GateRow, type GateVerdict, gate } from './gate/gate.ts'
export type { Tolerances } from './gate/tolerance.ts'
export { type BenchmarkEntry, gateBenchmarks, gateJUnit, gateMarkdown } from './gate/words.ts'
export { type HeldOutRows, rowTexts, type ScoredRows, scoredRows } from './held-out.ts'
export { type Judge, nGramBits, trainJudge } from './judge.ts'
export { type ExactLanguage, languageBaselines, languageMetrics } from './language-metrics.ts'
export { measureLatency, type TimedMethod } from './latency.ts'
export { likelihoodMetrics } from './likelihood.ts'
export { groupsOf } from './metrics/measure.ts'
export { entropyCeiling } from './ngrams.ts'
export { divergenceFloor, errorRates, oracleGap, transitionDivergence } from './oracle.ts'
export {
  accuracyUnderParallelism,
  type BreakEven,
  breakEvenForwards,
  parallelPoint,
  tokensPerForwardAt,
} from './parallelism.ts'
export { poolPoints, poolSeeds } from './pool-seeds.ts'
export { qualityMetrics } from './quality.ts'
export {
  buildReference,
  checkHeldOut,
  heldOutLimit,
  heldOutTexts,
  type QualityReference,
} from './reference.ts'
export { bootstrap } from './statistics/bootstrap.ts'
export { percentiles } from './statistics/percentiles.ts'
export { shareInterval, wilson } from './statistics/share.ts'
export { fewestUnits } from './statistics/units.ts'
export {
  nfeOf,
  runSweep,
  type SweepModel,
  type SweepOptions,
  timeSweep,
  traceRecord,
  withTiming,
} from './sweep.ts'
export { defaultSweepPoints, type SweepPoint, sweepPoint } from './sweep-points.ts'
export { type TrialOptions, trialsOf } from './trials.ts'
