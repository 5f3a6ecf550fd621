/** @file What a task is: problems drawn from a random stream, rows with a condition and an answer, and an exact verifier. */
import type { Rng } from '@trivium/random'
import type { z } from 'zod'

/** Which problems a row may come from; a problem stands in one split only. */
export const splits = ['train', 'validation', 'test'] as const
export type Split = (typeof splits)[number]

/**
 * How condition and answer share a row. `sequence`: condition, then answer, the same tokens for every paradigm.
 * `canvas`: the answer's blanks stand in place between the given cells, the native form of diffusion.
 */
export type Rendering = 'sequence' | 'canvas'

/** A row as text: symbols of the task's alphabet and which of them are the condition. */
export type TaskRow = {
  readonly text: string
  /** [text.length]: true = condition. */
  readonly given: readonly boolean[]
  /** [text.length]: what stands there before anything is written: a text to be corrected in place. */
  readonly draft?: string
}

/** A row of the fixed length L of its task. */
export type Example = {
  /**
   * [L]: indices into the alphabet. A shorter condition has `pad` before it, so that answers begin in one column; where the
   * task has ends, `eos` follows the answer and `pad` fills the rest.
   */
  readonly tokens: Int32Array
  /** [L]: 1 = condition (PAD before it included), 0 = to be written. */
  readonly given: Uint8Array
  /** [L]: what stands before anything is written, where that is not MASK. */
  readonly draft?: Int32Array
}

/** The text that a task cuts its rows from, a split each. */
export type TaskTexts = Readonly<Record<Split, string>>

/** What a correction changed, position by position: three texts of one length. */
export type Edits = {
  /** With its errors. */
  readonly original: string
  readonly wanted: string
  readonly written: string
}

/** A gap between two texts, and what was written into it. */
export type Filling = {
  readonly left: string
  readonly right: string
  readonly wanted: string
  readonly written: string
}

/** What a verifier says of one answer. */
export type Verdict = {
  readonly correct: boolean
  /** Shares of the answer that are right, each in 0 … 1, by name: cells, digits, fields, well-formed. */
  readonly parts: Readonly<Record<string, number>>
}

/** Longest condition and answer, in symbols; whether answers differ in length and therefore end with EOS. */
export type RowShape = { readonly condition: number; readonly answer: number; readonly ends: boolean }

/** A task's own part: what its file writes. `P` is a problem together with its solution. */
export type TaskFamily<Options, P> = {
  readonly name: string
  /** Any change of generation or scoring raises it. */
  readonly version: number
  /** One line: what it shows. */
  readonly meaning: string
  readonly options: z.ZodType<Options, unknown>
  readonly renderings: readonly Rendering[]
  /** Whether rows are cut from a text, which the experiment names. */
  readonly needsText?: true
  /** Every symbol of a row, each once, in id order. */
  alphabet(options: Options): string
  shape(options: Options, rendering: Rendering): RowShape
  /** A problem; `rng` decides everything. `text` is that of the split, empty for a task that needs none. */
  draw(rng: Rng, options: Options, text: string): P
  /**
   * The solution as text: problems of one solution fall into one split. Of a task that needs a text, the passage as it stands
   * there.
   */
  solution(problem: P): string
  /** Turns a drawn problem into the one that is posed (e.g. removes clues); the costly part, after the split is known. */
  row(problem: P, rendering: Rendering, rng: Rng, options: Options): TaskRow
  /** Judges an answer by the row alone. Both are texts without ends. */
  verify(row: TaskRow, answer: string, rendering: Rendering, options: Options): Verdict
  /** Grows with what an ordered solver needs; by the row alone. */
  difficulty(row: TaskRow, rendering: Rendering, options: Options): number
  /** Of a task in which errors are to be repaired and the rest left as it is. */
  edits?(row: TaskRow, answer: string, rendering: Rendering, options: Options): Edits
  /** Whether what stands behind the places to write shall not be seen; it may when absent. */
  leftAlone?(options: Options): boolean
  /** Of a task that leaves a gap in a text; null where the row does not show both sides. */
  filling?(row: TaskRow, answer: string, rendering: Rendering, options: Options): Filling | null
}

/** A family with its options: what everybody else uses. */
export interface Task {
  readonly name: string
  readonly version: number
  readonly meaning: string
  /** With every default filled in. */
  readonly options: Readonly<Record<string, unknown>>
  readonly rendering: Rendering
  readonly alphabet: string
  /** Ids above the alphabet: `eos` ends an answer, `pad` fills the row. */
  readonly eos: number
  readonly pad: number
  /** Whether rows hold `eos` and `pad`. */
  readonly ends: boolean
  /** Tokens L of a row. */
  readonly length: number
  /** Whether what stands behind the places to write shall not be seen. A sequence leaves it out, a canvas is to be cut there. */
  readonly leftAlone: boolean
  /** Example `index` of a split: a pure function of (seed, split, index). */
  example(seed: number, split: Split, index: number): Example
  /** Judges a written row [L] against its example; only positions that were not given are read. */
  verify(example: Example, written: Int32Array): Verdict
  difficulty(example: Example): number
  /** What a written row repairs and breaks; null for a task that is no correction. */
  edits(example: Example, written: Int32Array): Edits | null
  /** What a written row puts between two texts; null for a task or a row without both. */
  filling(example: Example, written: Int32Array): Filling | null
  /** The row for people: symbols, `⏎` for EOS, nothing for PAD. */
  text(tokens: Int32Array): string
}
