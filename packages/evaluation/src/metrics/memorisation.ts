/** @file What of the texts stands in the training text word for word. */
import { geometricMean, type Measure, share } from './measure.ts'

/** Share of windows of 8 whole words. The windows of one passage stand and fall together, so a text counts once at most. */
export const trainOverlap: Measure = ({ wholeWords }, { trainIndex }) => {
  const overlaps = wholeWords.map((words) => trainIndex.overlap(words))
  const windows = overlaps.map((overlap) => overlap.windows)
  return share(
    overlaps.map(({ known }) => known),
    windows,
    { most: windows.filter((count) => count > 0).length },
  )
}

/** Longest run of characters, geometric mean over texts; the judge knows those below the index's shortest. */
export const longestTrainMatch: Measure = ({ texts, symbols }, { trainIndex, judge }) =>
  geometricMean(
    // A text of unknown characters alone counts as one character: it has no logarithm.
    texts.map((text, i) => Math.max(1, trainIndex.longestMatch(symbols[i]) || judge.longestKnown(text))),
  )
