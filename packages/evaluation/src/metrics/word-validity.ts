/** @file Share of whole words that the training text has. */
import { lengthsOf, type Measure, ratio } from './measure.ts'

export const wordValidity: Measure = ({ wholeWords }, reference) => {
  const { vocabulary } = reference.trainIndex
  const valid = wholeWords.map((words) => words.filter((word) => vocabulary.has(word)).length)
  return ratio(valid, lengthsOf(wholeWords), reference)
}
