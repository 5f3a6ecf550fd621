/** @file What every caption ends with: how many texts, which seeds, on what, by which commit. */
import type { Results } from '@trivium/schema'

/** 'n = 32 texts a point', 'n = 16–32 texts a point'; empty without numbers. */
function countsOf(counts: readonly number[], noun: string): string {
  if (counts.length === 0) return ''
  const [low, high] = [Math.min(...counts), Math.max(...counts)]
  return `n = ${low === high ? low : `${low}–${high}`} ${high === 1 ? noun.replace(/s\b/, '') : noun}`
}

export function commitOf(results: Results): string {
  const { gitSha, gitDirty, trivium } = results.provenance
  if (gitSha === null) return `version ${trivium}`
  return `commit ${gitSha.slice(0, 8)}${gitDirty === true ? ' with local changes' : ''}`
}

export function machineOf(results: Results): string {
  const p = results.provenance
  const threads =
    p.engineThreads === null ? '' : `, ${p.engineThreads} thread${p.engineThreads === 1 ? '' : 's'}`
  return `${p.engine} engine${threads}, ${p.cpu} (${p.cores} core${p.cores === 1 ? '' : 's'})`
}

/** The words of the figure, then n, seeds, machine, engine, commit. */
export function caption(results: Results, words: string, counts: readonly number[], noun: string): string {
  const { seeds } = results.provenance
  const seedWords = `seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}`
  const facts = [countsOf(counts, noun), seedWords, machineOf(results), commitOf(results)].filter(
    (s) => s !== '',
  )
  // 'n' stays small: it is a symbol.
  return `${words} ${facts.join('; ').replace(/^seed/, 'Seed')}.`
}
