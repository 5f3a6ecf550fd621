/** @file Bits a character by the judge. A repeated likely row wins it: read it beside the entropy. */
import { lengthsOf, type Measure, ratio } from './measure.ts'

export const judgeBits: Measure = ({ texts, symbols }, { judge }) => {
  const bits = texts.map((text) => judge.characterBits(text).reduce((sum, b) => sum + b, 0))
  return ratio(bits, lengthsOf(symbols))
}
