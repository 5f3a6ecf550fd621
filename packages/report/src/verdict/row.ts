/** @file One row of a verdict out of the entries of its contestants: places on a common scale, the leader, and the words. */
import type { Metric } from '@trivium/schema'
import { intervalText } from '../numbers.ts'
import type { Contest, Contestant } from './contest.ts'
import type { VerdictCell, VerdictRow } from './spec.ts'

/** What a contestant has to show. */
export interface Entry {
  /** What it is compared by; absent where intervals alone decide (times). */
  metric?: Metric | undefined
  value: number
  interval: readonly [number, number] | null
  text: string
  about: string
  bound: boolean
}

interface RowParts {
  id: string
  question: string
  hint: string
  contest: Contest
  /** One a contestant. */
  entries: readonly (Entry | null)[]
  missing: (contestant: Contestant) => string
  /** Whether a is shown to be better than b. */
  beats: (a: Entry, b: Entry) => boolean
  /** The outcome where nobody leads. */
  level: string
  figure: string
}

/** null when no contestant has a value for the question. */
export function rowOf({
  id,
  question,
  hint,
  contest,
  entries,
  missing,
  beats,
  level,
  figure,
}: RowParts): VerdictRow | null {
  const present = entries.filter((e) => e !== null)
  if (present.length === 0) return null
  const place = scaleOf(present)
  const ahead = present.find((a) => present.every((b) => a === b || beats(a, b)))
  const leader = ahead === undefined ? null : entries.indexOf(ahead)
  const cells = entries.map(
    (entry, i): VerdictCell =>
      entry === null
        ? { value: '–', interval: '', about: missing(contest.contestants[i]), mark: null }
        : {
            value: entry.text,
            interval: intervalText(entry.interval),
            about: entry.about,
            mark: present.length === 1 ? null : markOf(entry, place),
          },
  )
  const name = leader === null ? '' : contest.contestants[leader].label
  const outcome = leader === null ? level : present.length === 1 ? `${name} alone` : `${name} leads`
  return { id, question, hint, cells, leader, outcome, figure }
}

const markOf = (
  { value, interval, bound }: Entry,
  place: (value: number) => number,
): VerdictCell['mark'] => ({
  at: place(value),
  low: place(interval?.[0] ?? value),
  high: place(interval?.[1] ?? value),
  bound,
})

/** From the smallest low to the largest high, logarithmic where the values span more than a decade. */
function scaleOf(entries: readonly Entry[]): (value: number) => number {
  const ends = entries.flatMap(({ value, interval }) => [value, ...(interval ?? [])])
  const logs = Math.min(...ends) > 0 && Math.max(...ends) / Math.min(...ends) > 10
  const of = logs ? Math.log : (v: number): number => v
  const [low, high] = [of(Math.min(...ends)), of(Math.max(...ends))]
  return (value) => (high > low ? (of(value) - low) / (high - low) : 0.5)
}
