/**
 * @file Text sources without a model that stand on every quality chart. Each of them must lose or be flagged by some
 * metric; what each wins stands in the table of metrics (`wonBy`). The held-out rows are the mark to reach.
 */
import { createRng, type Rng } from '@trivium/random'
import { type Baseline, type ControlId, metricTable, qualityMetricNames } from '@trivium/schema'
import { countCharacters, cutCharacters } from './characters.ts'
import { recurringPhrases } from './phrases.ts'
import { qualityMetrics } from './quality.ts'
import { heldOutTexts, type QualityReference } from './reference.ts'

export type ControlTexts = {
  readonly id: ControlId | 'held-out'
  readonly label: string
  readonly kind: Baseline['kind']
  readonly texts: string[]
}

/**
 * Held-out rows and the five controls, `n` texts of `length` characters each (held-out rows may be fewer). Equal
 * sizes matter: n-gram metrics are biased by the size of the sample.
 */
export function controlTexts(reference: QualityReference, n: number, length: number): ControlTexts[] {
  const rows = heldOutTexts(reference, n, length)
  const rng = createRng(reference.seed).fork('controls')
  const rowStream = (label: string): Rng[] => Array.from({ length: n }, (_, i) => rng.fork(label, i))
  const unigram = drawUnigram(reference)
  const bigram = drawBigram(reference)
  const stitched = stitchPhrases(reference)
  const control = 'control' as const
  return [
    { id: 'held-out', label: 'held-out text', kind: 'held-out', texts: rows },
    {
      id: 'repeat-one-row',
      label: 'one row repeated',
      kind: control,
      texts: Array.from({ length: n }, () => rows[0]),
    },
    {
      id: 'unigram',
      label: 'unigram',
      kind: control,
      texts: rowStream('unigram').map((r) => unigram(r, length)),
    },
    {
      id: 'bigram',
      label: 'bigram',
      kind: control,
      texts: rowStream('bigram').map((r) => bigram(r, length)),
    },
    {
      id: 'shuffled',
      label: 'shuffled words',
      kind: control,
      texts: rows.map((row, i) => shuffleWords(row, rng.fork('shuffled', i))),
    },
    {
      id: 'stitched',
      label: 'stitched phrases',
      kind: control,
      texts: rowStream('stitched').map((r) => stitched(r, length)),
    },
  ]
}

/**
 * `controlTexts` with their metrics, ready for results.json. Where the held-out text has fewer rows than `n`, what depends on
 * the amount of text is left out of the rows and of their shuffle: it would not compare.
 */
export function controlBaselines(reference: QualityReference, n: number, length: number): Baseline[] {
  const unsized = qualityMetricNames.filter((name) => metricTable[name].sized !== true)
  return controlTexts(reference, n, length).map(({ texts, ...about }) => ({
    ...about,
    quality: qualityMetrics(texts, reference, texts.length < n ? unsized : qualityMetricNames),
  }))
}

type Draw = (rng: Rng, length: number) => string

function drawUnigram({ judge, trainSymbols }: QualityReference): Draw {
  const cumulative = new Float64Array(judge.alphabet.size)
  for (const symbol of trainSymbols) cumulative[symbol]++
  accumulate(cumulative)
  return (rng, length) =>
    render(
      judge.alphabet.characters,
      rng.uniforms(length).map((u) => pick(cumulative, u)),
    )
}

function drawBigram({ judge, trainSymbols }: QualityReference): Draw {
  const size = judge.alphabet.size
  const table = new Float64Array(size * size)
  for (let i = 1; i < trainSymbols.length; i++) table[trainSymbols[i - 1] * size + trainSymbols[i]]++
  const rows = Array.from({ length: size }, (_, s) => accumulate(table.subarray(s * size, (s + 1) * size)))
  return (rng, length) => {
    const u = rng.uniforms(length + 1)
    // A symbol of the training text starts the row: the first pair is then drawn like any other.
    let state = trainSymbols[Math.floor(u[length] * trainSymbols.length)]
    const symbols = new Float64Array(length)
    for (let i = 0; i < length; i++) {
      // The training text's last symbol may have no follower.
      if (rows[state][size - 1] === 0) state = trainSymbols[0]
      state = pick(rows[state], u[i])
      symbols[i] = state
    }
    return render(judge.alphabet.characters, symbols)
  }
}

/**
 * Phrases of the training text that recur there, in random order: nothing is learned and nothing hangs together, but a judge
 * finds each phrase easy and no entropy gives it away (the zero-parameter samplers of 2606.08417).
 */
function stitchPhrases({ train }: QualityReference): Draw {
  const phrases = recurringPhrases(train)
  return (rng, length) => {
    // As many as reach the length if each were one character.
    const order = rng.uniforms(length)
    let text = ''
    for (let k = 0; countCharacters(text) < length; k++)
      text += (k === 0 ? '' : ' ') + phrases[Math.floor(order[k] * phrases.length)]
    return cutCharacters(text, length)
  }
}

/** Words in random order, in the places of the words; a row with fewer than two gaps is shuffled by characters. */
function shuffleWords(row: string, rng: Rng): string {
  const words = row.split(' ')
  const parts = words.length > 2 ? words : [...row]
  return Array.from(rng.permutation(parts.length), (i) => parts[i]).join(words.length > 2 ? ' ' : '')
}

function accumulate(counts: Float64Array): Float64Array {
  for (let i = 1; i < counts.length; i++) counts[i] += counts[i - 1]
  return counts
}

function pick(cumulative: Float64Array, u: number): number {
  const target = u * cumulative[cumulative.length - 1]
  let symbol = 0
  while (cumulative[symbol] <= target) symbol++
  return symbol
}

const render = (characters: readonly string[], symbols: Float64Array): string =>
  Array.from(symbols, (symbol) => characters[symbol] ?? '\ufffd').join('')
