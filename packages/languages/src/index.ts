/** @file Synthetic languages whose likelihoods, conditionals and entropy rates are exact, and whether counts follow a law. */
export { createLanguage, type LanguageSpec } from './create.ts'
export { exactDenoiser } from './denoiser.ts'
export { type HmmParameters, hmmLanguage } from './hmm.ts'
export { iidLanguage } from './iid.ts'
export type { Language } from './language.ts'
export { circulantLanguage, type MarkovLanguage, type MarkovParameters, markovLanguage } from './markov.ts'
export { allRows, rowNumber } from './rows.ts'
export { chiSquareScore, klDivergence } from './statistics.ts'
