/** @file Disjoint splits by construction: the hash of a solution says where its problems belong. */
import type { Split, TaskTexts } from './task.ts'

/** Of 16 shares of the solutions, one is validation and one is test. */
const shares = 16

/** FNV-1a (32 bits) with a final avalanche, so that the low bits depend on every character. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The split of every problem with this solution. */
export function splitOf(solution: string): Split {
  const share = hash(solution) % shares
  return share === 0 ? 'test' : share === 1 ? 'validation' : 'train'
}

/** Whether a passage of the split's text stands in no split before it, so that no passage is in two. */
export function isNew(passage: string, split: Split, { train, validation }: TaskTexts): boolean {
  if (split === 'train') return true
  return !train.includes(passage) && (split === 'validation' || !validation.includes(passage))
}
