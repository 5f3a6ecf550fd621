/** @file Minimum Bayes risk (Kumar & Byrne 2004; Diffusion-LM, 2205.14217, §5.3): of several texts the most central one. */
import { editDistance } from '@trivium/schema'
import type { Path } from './path.ts'

/**
 * One path for each row: the candidate with the smallest mean edit distance to the others, the first of equals. Its text
 * becomes the row's.
 */
export function leastRisk(paths: readonly Path[]): Path[] {
  const byRow = new Map<number, Path[]>()
  for (const path of paths) byRow.set(path.row.index, [...(byRow.get(path.row.index) ?? []), path])
  return [...byRow.values()].map((candidates) => {
    if (candidates.length === 1) return candidates[0]
    const risks = candidates.map(({ tokens }) =>
      candidates.reduce((total, other) => total + editDistance(tokens, other.tokens), 0),
    )
    const chosen = candidates[risks.indexOf(Math.min(...risks))]
    chosen.row.tokens.set(chosen.tokens)
    chosen.row.confidence.set(chosen.confidence)
    return chosen
  })
}
