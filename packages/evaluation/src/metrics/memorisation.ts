/** @file What of the texts stands in the training text word for word. */
import { type Measure, mean, ratio } from './measure.ts'

/** Share of windows of 8 whole words. */
export const trainOverlap: Measure = ({ wholeWords }, reference) => {
  const overlaps = wholeWords.map((words) => reference.trainIndex.overlap(words))
  return ratio(
    overlaps.map(({ known }) => known),
    overlaps.map(({ windows }) => windows),
    reference,
  )
}

/** Longest run of characters, mean over texts; the judge knows those below the index's shortest. */
export const longestTrainMatch: Measure = ({ texts, symbols }, reference) => {
  const { trainIndex, judge } = reference
  return mean(
    texts.map((text, i) => trainIndex.longestMatch(symbols[i]) || judge.longestKnown(text)),
    reference,
  )
}
