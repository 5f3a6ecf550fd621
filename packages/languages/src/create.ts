/** @file Random languages by their sizes and a seed. */
import { createRng, type Rng } from '@trivium/random'
import { InputError, parseInput } from '@trivium/schema'
import { z } from 'zod'
import { blocksLanguage } from './blocks.ts'
import { bracketsLanguage } from './brackets.ts'
import { hmmLanguage } from './hmm.ts'
import { iidLanguage } from './iid.ts'
import { type Language, type LanguageName, languageNames } from './language.ts'
import { markovLanguage } from './markov.ts'
import { randomStochastic } from './probability.ts'

export type LanguageSpec = {
  readonly type: LanguageName
  /** V; of `brackets` twice the number of types. */
  readonly vocabSize: number
  readonly seed: number
  /** Hidden states of `hmm`; vocabSize / 2, rounded up, when absent. */
  readonly states?: number
  /** Rows are softmax(sharpness × normals): 0 is uniform, 3 is nearly deterministic. 1.5 when absent. */
  readonly sharpness?: number
  /** Tokens of a block of `blocks`; 8 when absent. */
  readonly blockLength?: number
  /** Tokens that may follow a token of `chain`, all equally likely; a quarter of vocabSize, rounded up, when absent. */
  readonly successors?: number
}

type LanguageOptions = Omit<LanguageSpec, 'type'>
const count = z.int().min(1).max(64)
const optionsSchema: z.ZodType<LanguageOptions, unknown> = z.strictObject({
  vocabSize: z.int().min(2).max(64).default(8).describe('V; of brackets twice the number of types'),
  seed: z.int().min(0).default(1).describe('of the random parameters'),
  states: count.optional().describe('hidden states of hmm'),
  sharpness: z.number().min(0).max(20).optional().describe('of the rows of markov and hmm; 0: uniform'),
  blockLength: z.int().min(1).max(1024).optional().describe('tokens of a block of blocks'),
  successors: count.optional().describe('tokens that may follow a token of chain'),
})

/**
 * A language by name, as an experiment or a command names it.
 * @returns it with its options, every default of the schema filled in
 * @throws InputError for an unknown name or option
 */
export function parseLanguage(
  name: string,
  settings: Readonly<Record<string, unknown>> = {},
): { readonly language: Language; readonly options: LanguageOptions } {
  const type = languageNames.find((known) => known === name)
  if (type === undefined)
    throw new InputError(`there is no language '${name}'; there are ${languageNames.join(', ')}`)
  const options = parseInput(optionsSchema, settings, `the option block of language '${name}'`)
  return { language: createLanguage({ type, ...options }), options }
}

/** A language with random parameters, a pure function of the specification; it starts in its stationary state. */
export function createLanguage(spec: LanguageSpec): Language {
  const { type, vocabSize, seed, states = Math.ceil(vocabSize / 2), sharpness = 1.5 } = spec
  const { blockLength = 8, successors = Math.ceil(vocabSize / 4) } = spec
  const rng = createRng(seed).fork('language', type)
  const matrix = (label: string, rows: number, columns: number): number[][] =>
    randomStochastic(rng.fork(label), rows, columns, sharpness)
  switch (type) {
    case 'iid':
      return iidLanguage(matrix('probabilities', 1, vocabSize)[0])
    case 'markov':
      return markovLanguage({ transition: matrix('transition', vocabSize, vocabSize) })
    case 'hmm':
      return hmmLanguage({
        transition: matrix('transition', states, states),
        emission: matrix('emission', states, vocabSize),
      })
    case 'blocks':
      return blocksLanguage({
        maps: Array.from({ length: blockLength }, (_, k) =>
          k === 0
            ? Array.from({ length: vocabSize }, (_unused, f) => f)
            : Array.from(rng.fork('map', k).permutation(vocabSize)),
        ),
      })
    case 'chain':
      return markovLanguage({ transition: chainTransition(rng, vocabSize, successors) }, 'chain')
    case 'brackets':
      return bracketsLanguage(vocabSize / 2)
    default:
      throw new InputError(
        `there is no language '${type satisfies never}'; there are ${languageNames.join(', ')}`,
      )
  }
}

/**
 * Each token may be followed by `successors` others, all equally likely; every other step is an error. One random cycle
 * runs through all tokens, so that the chain has one stationary state.
 */
function chainTransition(rng: Rng, V: number, successors: number): number[][] {
  if (!Number.isInteger(successors) || successors < 1 || successors > V)
    throw new InputError(`successors ${successors} is not a whole number in 1 … ${V}`)
  const cycle = rng.fork('cycle').permutation(V)
  const next = new Uint32Array(V)
  cycle.forEach((token, i) => {
    next[token] = cycle[(i + 1) % V]
  })
  return Array.from({ length: V }, (_, v) => {
    const others = Array.from(rng.fork('successors', v).permutation(V)).filter((w) => w !== next[v])
    const allowed = new Set([next[v], ...others.slice(0, successors - 1)])
    return Array.from({ length: V }, (_unused, w) => (allowed.has(w) ? 1 / successors : 0))
  })
}
