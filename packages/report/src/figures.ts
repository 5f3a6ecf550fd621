/** @file All figures of a result file, as pure specifications. */
import type { Results } from '@trivium/schema'
import { type Chapter, chaptersOf } from './chapter.ts'
import type { Chart } from './chart.ts'
import { batches } from './charts/batches.ts'
import { bitsPerCharacter } from './charts/bits.ts'
import { corrections } from './charts/corrections.ts'
import { correctorShare } from './charts/corrector-share.ts'
import { difficulty } from './charts/difficulty.ts'
import { frontier } from './charts/frontier.ts'
import { information } from './charts/information.ts'
import { pairedDifferences } from './charts/paired-differences.ts'
import { parallelism } from './charts/parallelism.ts'
import { qualityLatency } from './charts/quality-latency.ts'
import { qualitySteps } from './charts/quality-steps.ts'
import { samplerError } from './charts/sampler-error.ts'
import { stepsLatency } from './charts/steps-latency.ts'
import { stepsLength } from './charts/steps-length.ts'
import { traceHeat } from './charts/trace-heat.ts'
import { training } from './charts/training.ts'
import { trainingText } from './charts/training-text.ts'
import type { FigureSpec } from './figure.ts'

/** In reading order. A chart is one file and its line here. */
const charts: readonly Chart[] = [
  qualitySteps,
  qualityLatency,
  parallelism,
  difficulty,
  corrections,
  correctorShare,
  samplerError,
  frontier,
  bitsPerCharacter,
  information,
  batches,
  stepsLatency,
  pairedDifferences,
  traceHeat,
  training,
  trainingText,
]

/** Every figure that a chapter can support. Missing parts leave out a figure, never fail. */
export function figuresOf(chapter: Chapter): FigureSpec[] {
  return charts.flatMap((chart) => chart.figures(chapter))
}

/** What only several runs together show: the groups of all chapters as if they were one's. */
export function figuresAcross(chapters: readonly Chapter[]): FigureSpec[] {
  if (chapters.length === 0) return []
  const groups = chapters.flatMap((c) => c.groups)
  return stepsLength.figures({ results: chapters[0].results, groups, slug: '' })
}

/** Every figure of a run, or of several: what they show together, then chapter after chapter. */
export function figures(runs: Results | readonly Results[]): FigureSpec[] {
  const chapters = chaptersOf([runs].flat())
  return [...figuresAcross(chapters), ...chapters.flatMap(figuresOf)]
}
