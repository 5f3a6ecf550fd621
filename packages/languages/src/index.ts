/** @file Synthetic languages whose likelihoods, conditionals and entropy rates are exact. */
export { createLanguage, type LanguageSpec } from './create.ts'
export { type HmmParameters, hmmLanguage } from './hmm.ts'
export { iidLanguage } from './iid.ts'
export type { SyntheticLanguage } from './language.ts'
export { type MarkovParameters, markovLanguage } from './markov.ts'
