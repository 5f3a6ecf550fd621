/**
 * @file The closed set of metrics, each declared once: names, units, directions and words of results, charts and
 * findings derive from this table.
 */

/** Text sources without a model; every quality chart shows them. */
export const controlIds = [
  'repeat-one-row',
  'unigram',
  'bigram',
  'shuffled',
  'stitched',
  'unchanged',
] as const
export type ControlId = (typeof controlIds)[number]

export type MetricFacts = {
  readonly unit: string
  /** Which way is better; 'held-out': neither, the value of held-out text is the mark to reach. */
  readonly better: 'higher' | 'lower' | 'held-out'
  /** A likelihood: every value says its bound type. */
  readonly bound?: true
  /** Of answers that a verifier judges, not of texts. */
  readonly answers?: true
  /** May be negative. */
  readonly signed?: true
  /** Of rows of a language whose likelihoods are exact, not of texts. */
  readonly oracle?: true
  /** Heading of a chart. */
  readonly title: string
  /** How a sentence calls it. */
  readonly short: string
  /** One line: what is measured, from which texts. */
  readonly meaning: string
  /** Its value depends on how much text there is: only sets of as many characters compare. */
  readonly sized?: true
  /** Controls that this metric does not tell from held-out text, or prefers to it; absent where none is known. */
  readonly wonBy?: readonly ControlId[]
  /**
   * Texts whose `metric` is below `leastShare` of held-out text's are not ranked by this one: they please it by
   * repeating themselves.
   */
  readonly guard?: { readonly metric: 'entropy'; readonly leastShare: number }
}

const rows = {
  'bits-per-character': {
    unit: 'bits/char',
    better: 'lower',
    bound: true,
    title: 'Bits per character',
    short: 'bits per character',
    meaning: 'a model’s own −log₂ p of held-out rows over their characters, exact or a bound',
  },
  'bits-per-byte': {
    unit: 'bits/byte',
    better: 'lower',
    bound: true,
    title: 'Bits per byte',
    short: 'bits per byte',
    meaning: 'the same over the UTF-8 bytes of the rows: it compares tokenizers of any kind',
  },
  'judge-bits': {
    unit: 'bits/char',
    better: 'lower',
    title: 'Judge, bits per character',
    short: 'judge bits',
    meaning: 'bits per character by an interpolated Kneser–Ney model of the training text',
    wonBy: ['repeat-one-row', 'stitched'],
    guard: { metric: 'entropy', leastShare: 0.95 },
  },
  entropy: {
    unit: 'bits/char',
    better: 'held-out',
    title: 'Entropy of 4-grams, bits per character',
    short: 'entropy',
    meaning:
      'entropy of the source of the character 4-grams of all texts (Chao, Wang & Jost 2013), over 4; it falls when a text, or the set, repeats itself',
    sized: true,
  },
  'js-1': {
    unit: 'bits',
    better: 'lower',
    title: 'Jensen–Shannon, 1-grams, bits',
    short: '1-gram divergence',
    meaning: 'Jensen–Shannon divergence of the character 1-grams to held-out text',
    sized: true,
    wonBy: ['unigram', 'shuffled'],
    guard: { metric: 'entropy', leastShare: 0.95 },
  },
  'js-2': {
    unit: 'bits',
    better: 'lower',
    title: 'Jensen–Shannon, 2-grams, bits',
    short: '2-gram divergence',
    meaning: 'Jensen–Shannon divergence of the character 2-grams to held-out text',
    sized: true,
    wonBy: ['bigram'],
    guard: { metric: 'entropy', leastShare: 0.95 },
  },
  'js-3': {
    unit: 'bits',
    better: 'lower',
    title: 'Jensen–Shannon, 3-grams, bits',
    short: '3-gram divergence',
    meaning: 'Jensen–Shannon divergence of the character 3-grams to held-out text',
    sized: true,
    guard: { metric: 'entropy', leastShare: 0.95 },
  },
  'js-4': {
    unit: 'bits',
    better: 'lower',
    title: 'Jensen–Shannon, 4-grams, bits',
    short: '4-gram divergence',
    meaning: 'Jensen–Shannon divergence of the character 4-grams to held-out text',
    sized: true,
    guard: { metric: 'entropy', leastShare: 0.95 },
  },
  'word-validity': {
    unit: 'share',
    better: 'higher',
    title: 'Share of valid words',
    short: 'word validity',
    meaning: 'share of whole words of four characters or more that the training text has',
    wonBy: ['shuffled'],
    guard: { metric: 'entropy', leastShare: 0.95 },
  },
  'distinct-1': {
    unit: 'share',
    better: 'held-out',
    title: 'Share of distinct word 1-grams',
    short: 'distinct-1',
    meaning: 'different word 1-grams over all word 1-grams of the set',
    sized: true,
  },
  'distinct-2': {
    unit: 'share',
    better: 'held-out',
    title: 'Share of distinct word 2-grams',
    short: 'distinct-2',
    meaning: 'different word 2-grams over all word 2-grams of the set',
    sized: true,
  },
  'distinct-3': {
    unit: 'share',
    better: 'held-out',
    title: 'Share of distinct word 3-grams',
    short: 'distinct-3',
    meaning: 'different word 3-grams over all word 3-grams of the set',
    sized: true,
  },
  'distinct-4': {
    unit: 'share',
    better: 'held-out',
    title: 'Share of distinct word 4-grams',
    short: 'distinct-4',
    meaning: 'different word 4-grams over all word 4-grams of the set',
    sized: true,
  },
  'self-bleu-4': {
    unit: 'BLEU',
    better: 'held-out',
    title: 'Self-BLEU-4',
    short: 'self-BLEU',
    meaning: 'BLEU-4 of a text against all the others, geometric mean over the texts',
    sized: true,
  },
  'duplicate-rate': {
    unit: 'share',
    better: 'lower',
    title: 'Share of duplicate texts',
    short: 'duplicate rate',
    meaning: 'share of texts that equal an earlier one',
    sized: true,
    wonBy: ['unigram'],
  },
  'train-overlap-8': {
    unit: 'share',
    better: 'lower',
    title: 'Share of 8-word windows that the training text has',
    short: 'training overlap',
    meaning: 'share of windows of 8 whole words that stand in the training text word for word',
    wonBy: ['repeat-one-row', 'unigram', 'bigram', 'shuffled', 'stitched'],
  },
  'longest-train-match': {
    unit: 'characters',
    better: 'lower',
    title: 'Longest match in the training text, characters',
    short: 'longest training match',
    meaning: 'longest run of characters that the training text has, geometric mean over the texts',
    wonBy: ['repeat-one-row', 'unigram', 'bigram', 'shuffled', 'stitched'],
  },
  accuracy: {
    unit: 'share',
    better: 'higher',
    answers: true,
    title: 'Share of right answers',
    short: 'accuracy',
    meaning: 'share of answers that the verifier accepts whole; its parts are the mean shares of an answer',
  },
  'tokens-per-forward': {
    unit: 'tokens',
    better: 'higher',
    answers: true,
    title: 'Tokens written per forward',
    short: 'tokens per forward',
    meaning: 'written tokens over network evaluations; neither the condition nor EOS and PAD count',
  },
  'nfe-difficulty': {
    unit: 'ρ',
    better: 'higher',
    answers: true,
    signed: true,
    title: 'Forwards against difficulty, Spearman’s ρ',
    short: 'effort by difficulty',
    meaning: 'rank correlation of the network evaluations of an answer with the difficulty of its problem',
  },
  'repair-rate': {
    unit: 'share',
    better: 'higher',
    answers: true,
    title: 'Share of errors repaired',
    short: 'repair rate',
    meaning: 'wrong characters of the given text that are right in what was written',
  },
  'break-rate': {
    unit: 'share',
    better: 'lower',
    answers: true,
    title: 'Share of right characters broken',
    short: 'break rate',
    meaning: 'right characters of texts with errors that are wrong in what was written',
    wonBy: ['unchanged'],
  },
  'breaks-per-error': {
    unit: 'characters',
    better: 'lower',
    answers: true,
    title: 'Right characters broken for each error',
    short: 'breaks per error',
    meaning:
      'right characters of texts with errors that are wrong in what was written, over the errors: beside the repair rate, which has the same denominator',
    wonBy: ['unchanged'],
  },
  'false-edit-rate': {
    unit: 'share',
    better: 'lower',
    answers: true,
    title: 'False edits of clean text',
    short: 'false edits',
    meaning: 'characters of texts without an error that were changed',
    wonBy: ['unchanged'],
  },
  'detection-auroc': {
    unit: 'AUROC',
    better: 'higher',
    answers: true,
    title: 'Detection of errors, AUROC',
    short: 'detection',
    meaning:
      'chance that −log p(character | all others) is higher for a wrong character than for a right one; .5 knows nothing',
  },
  'judge-gap': {
    unit: 'bits/char',
    better: 'held-out',
    answers: true,
    signed: true,
    title: 'Judge gap of the filled text, bits per character',
    short: 'judge gap',
    meaning:
      'judge bits of the filled text less those of the true one, over the gap and what follows it: 0 is the truth, below it stands what is commoner',
  },
  'transition-kl': {
    unit: 'nats',
    better: 'lower',
    oracle: true,
    title: 'Divergence of the transitions, nats',
    short: 'transition divergence',
    meaning:
      'Σ ŵ(i) KL(p̂(·|i) ‖ P(·|i)) over the states of a Markov language; as many true rows give the floor, about V(V−1)/2M for M transitions',
    sized: true,
  },
  'transition-tv': {
    unit: 'share',
    better: 'lower',
    oracle: true,
    title: 'Total variation of the transitions',
    short: 'transition distance',
    meaning: 'the same as total variation, 0 … 1',
    sized: true,
  },
  'oracle-gap': {
    unit: 'nats/token',
    better: 'held-out',
    oracle: true,
    signed: true,
    title: 'Oracle gap, nats a token',
    short: 'oracle gap',
    meaning:
      '−log p of the language per token, less its entropy rate, over the rows that it can write: negative is collapse, not success',
    wonBy: ['repeat-one-row'],
  },
  'token-errors': {
    unit: 'share',
    better: 'lower',
    oracle: true,
    title: 'Share of impossible tokens',
    short: 'token errors',
    meaning: 'tokens that cannot stand where they stand (TER)',
    wonBy: ['repeat-one-row'],
  },
  'sequence-errors': {
    unit: 'share',
    better: 'lower',
    oracle: true,
    title: 'Share of impossible rows',
    short: 'sequence errors',
    meaning: 'rows with any token that cannot stand where it stands (SER)',
    wonBy: ['repeat-one-row'],
  },
} as const satisfies Readonly<Record<string, MetricFacts>>

export type MetricName = keyof typeof rows
/** What the answers of a task are measured by. */
export type AnswerMetricName = {
  [N in MetricName]: (typeof rows)[N] extends { answers: true } ? N : never
}[MetricName]
/** What rows of a language with exact likelihoods are measured by. */
export type OracleMetricName = {
  [N in MetricName]: (typeof rows)[N] extends { oracle: true } ? N : never
}[MetricName]
/** What texts alone are measured by: neither likelihoods, nor answers, nor rows of a language. */
export type QualityMetricName = {
  [N in MetricName]: (typeof rows)[N] extends { bound: true } | { answers: true } | { oracle: true }
    ? never
    : N
}[MetricName]

/** In the order in which a result file lists them. */
export const metricTable: Readonly<Record<MetricName, MetricFacts>> = rows

export const metricNames = Object.keys(rows) as MetricName[]
export const qualityMetricNames: readonly QualityMetricName[] = metricNames.filter(
  (name): name is QualityMetricName =>
    metricTable[name].bound !== true &&
    metricTable[name].answers !== true &&
    metricTable[name].oracle !== true,
)
