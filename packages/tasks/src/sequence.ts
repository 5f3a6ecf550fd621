/** @file What the tasks of one line share: a row of condition ⊕ answer, and verdicts by the symbol. */
import type { TaskRow, Verdict } from './task.ts'

/** Condition, then answer. */
export function sequenceRow(condition: string, answer: string): TaskRow {
  return {
    text: condition + answer,
    given: Array.from({ length: condition.length + answer.length }, (_, i) => i < condition.length),
  }
}

/** The two halves of a row. */
export function halves({ text, given }: TaskRow): { condition: string; answer: string } {
  const start = given.indexOf(false)
  const at = start < 0 ? text.length : start
  return { condition: text.slice(0, at), answer: text.slice(at) }
}

/** Right when equal to the only answer; `part` is the share of its symbols that stand in their place. */
export function compareSymbols(part: string, wanted: string, answer: string): Verdict {
  const n = Math.max(wanted.length, answer.length)
  let right = 0
  for (let i = 0; i < n; i++) if (wanted[i] === answer[i]) right++
  return { correct: wanted === answer, parts: { [part]: n === 0 ? 1 : right / n } }
}
