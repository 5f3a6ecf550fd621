/** @file Share of whole words of at least four characters that the training text has. */
import { lengthsOf, type Measure, share } from './measure.ts'

/** Nearly every shorter string is a word of some text: bigram noise scores a third by them. */
export const fewestLetters = 4

export const wordValidity: Measure = ({ wholeWords }, { trainIndex }) => {
  const long = wholeWords.map((words) => words.filter((word) => [...word].length >= fewestLetters))
  const valid = long.map((words) => words.filter((word) => trainIndex.vocabulary.has(word)).length)
  return share(valid, lengthsOf(long))
}
