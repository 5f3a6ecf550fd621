/** @file The notes of results.json: how its figures were measured, and what a reader must know to trust them. */
import { entropyCeiling, fewestUnits } from '@trivium/evaluation'
import { readManifest } from '@trivium/models/node'
import type { ExperimentConfig, Metric } from '@trivium/schema'
import type { Entrant } from './entrants.ts'
import { seedsOf } from './entrants.ts'
import type { Orientation } from './orientation.ts'

export type Measured = {
  readonly config: ExperimentConfig
  readonly entrants: readonly (Entrant & { readonly evaluations: readonly { likelihoods: Metric[] }[] })[]
  readonly characters: number | null
  readonly orientation: Orientation
  readonly latency: unknown
}

export function notesOf(measured: Measured): string[] {
  const { config, entrants, latency } = measured
  const { evaluation } = config
  return [
    ...(entrants.length === 0 ? [] : modelNotes(measured)),
    `No interval is given on fewer than ${fewestUnits} texts, documents or problems, and then nothing is found to differ. ${entrants.length === 0 ? '' : seedWords(config)}`.trim(),
    ...(latency === null
      ? ['Nothing was timed.']
      : [
          `Latency: batch ${evaluation.latencyBatches.join(', ')}, ${evaluation.latencyRepeats} repeats, all points of all models interleaved in one process, after a warm-up of at most 6 runs a point.`,
        ]),
    ...(entrants.length === 0
      ? []
      : [
          'Training losses of the three paradigms are different quantities; only the validation bits a character compare, with their bound types.',
        ]),
  ]
}

function modelNotes({ config, entrants, characters, orientation }: Measured): string[] {
  const { evaluation } = config
  return [
    `Likelihood: ${scoredWords(config, entrants)}. ${unitWords(entrants)} Bounds are means of ${evaluation.likelihoodDraws} draws a row${evaluation.likelihoodDraws < fewDraws ? ', which are few: much of the scatter between rows is theirs' : ''}.`,
    ...(characters === null ? [] : textNotes(config, characters, orientation)),
  ]
}

/** Draws below which a bound says that they are few. */
const fewDraws = 8

function textNotes(
  { evaluation }: ExperimentConfig,
  characters: number,
  { baselines, nGramBits }: Orientation,
): string[] {
  const grams = evaluation.samples * Math.max(0, characters - 3)
  const rows = baselines.find(({ kind }) => kind === 'held-out')?.quality[0]?.n ?? evaluation.samples
  return [
    `Quality: ${evaluation.samples} unconditional texts a point, none rejected; the first ${characters} characters (code points) of each are measured, as many as of every control; temperature ${evaluation.temperature}. NFE and token positions are the means over these texts.`,
    ...(rows < evaluation.samples
      ? [
          `The held-out text has only ${rows} rows of ${characters} characters; what depends on the amount of text is left out of them and of the shuffled words.`,
        ]
      : []),
    ...(grams > 0
      ? [
          `Entropy of 4-grams: estimated (Chao, Wang & Jost 2013) from ${grams} grams, so it can show up to ${(entropyCeiling(grams) / 4).toFixed(2)} bits a character; the frequencies alone could not exceed ${(Math.log2(grams) / 4).toFixed(2)}.`,
        ]
      : []),
    ...(nGramBits.length > 0
      ? [
          'The n-gram models are scored on the same held-out rows as the first fresh model, or reference, each row without context.',
        ]
      : []),
  ]
}

function scoredWords({ dataset, evaluation }: ExperimentConfig, entrants: Measured['entrants']): string {
  const rows = evaluation.likelihoodRows
  if (dataset.type !== 'task' && dataset.type !== 'examples')
    return `${rows} held-out rows as long as the context (${contextWords(entrants)}), the first characters of each without context`
  const inPlace = entrants.filter(({ evaluations }) =>
    evaluations[0].likelihoods.some(({ name }) => name === 'detection-auroc'),
  )
  const untold =
    inPlace.length === 0
      ? ''
      : `; ${inPlace.map(({ name }) => name).join(', ')}, which correct${inPlace.length === 1 ? 's' : ''} in place, of the right text alone, without its draft`
  return `the answers of ${rows} held-out problems, given their conditions${untold}`
}

function contextWords(entrants: readonly Entrant[]): string {
  const contexts = entrants.map(({ name, runs }) => ({
    name,
    context: readManifest(runs[0].candidate.checkpoint).backbone.context,
  }))
  return [...new Set(contexts.map(({ context }) => context))]
    .map(
      (length) =>
        `${length} tokens for ${contexts.flatMap(({ name, context }) => (context === length ? [name] : [])).join(', ')}`,
    )
    .join('; ')
}

/** What the error of the likelihoods rests on. */
function unitWords(entrants: Measured['entrants']): string {
  const items = entrants[0]?.evaluations[0]?.likelihoods[0]?.items
  if (items === undefined) return 'A single row has no error.'
  const n = items.values[0].length
  return items.unit === 'examples'
    ? 'Intervals take the problems as the sample.'
    : items.unit === 'documents'
      ? `Intervals take the ${n} documents as the sample: rows of one are alike.`
      : `The text names no documents, or too few: intervals take ${n} stretches of it as the sample.`
}

function seedWords(config: ExperimentConfig): string {
  const seeds = seedsOf(config)
  return seeds.length === 1
    ? 'Each model was trained once, so no interval covers what another training seed would change.'
    : `Each fresh model was trained ${seeds.length} times (seeds ${seeds.join(', ')}); its figures are the means, its intervals cover the training too, and its texts, latencies and curves are those of seed ${seeds[0]}.`
}
