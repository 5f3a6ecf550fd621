/**
 * @file What is told at each place of a gap, beside the token that is read there: how many of its tokens are still to be
 * written (a countdown to a length that is known, 2412.11937), and the first tokens behind it. A canvas fixes both; a network of this size does not find them
 * in the text that it reads.
 */

/** Tokens to the end of a gap that are told apart. */
export const countdownFrom = 32
/** Tokens behind a gap that are told. */
export const lookAhead = 4
export const marksPerPlace: number = 1 + lookAhead

/** Vectors of the marks: none, one a countdown, one a token and distance behind the gap. */
export const markCount = (textSize: number): number => 1 + countdownFrom + lookAhead * textSize

/** Places [from, end) of what is read, and the text behind. */
export type Gap = { readonly from: number; readonly end: number; readonly suffix: Int32Array }

/** Rows of the vectors [length · marksPerPlace]; 0, none, outside of the gap and where no text is behind it. */
export function gapMarks(length: number, { from, end, suffix }: Gap, textSize: number): Int32Array {
  const marks = new Int32Array(length * marksPerPlace)
  const behind = Array.from({ length: lookAhead }, (_, j) =>
    j < suffix.length && suffix[j] < textSize ? 1 + countdownFrom + j * textSize + suffix[j] : 0,
  )
  for (let i = from; i < Math.min(end, length); i++)
    marks.set([Math.min(end - i, countdownFrom), ...behind], i * marksPerPlace)
  return marks
}
