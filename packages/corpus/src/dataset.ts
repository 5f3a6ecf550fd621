/** @file What a loaded dataset is. */
import type { TextView } from './normalise.ts'

export type Dataset = {
  readonly name: string
  readonly view: TextView
  /** Of the UTF-8 bytes of train, validation and test, one after the other. */
  readonly sha256: string
  readonly train: string
  readonly validation: string
  readonly test: string
  /** Where each document (all of one year or chapter) begins in its split, in characters; [0] of a text without any. */
  readonly documents: { readonly validation: readonly number[]; readonly test: readonly number[] }
  /** In words: which part is held out. */
  readonly heldOut: string
  readonly licence: string
}

/** One line of `ls datasets`. */
export type DatasetSummary = {
  readonly name: string
  readonly title: string
  readonly licence: string
  /** npm package and version. */
  readonly source: string
  readonly heldOut: string
  readonly views: Readonly<
    Record<TextView, { sha256: string; characters: { train: number; validation: number; test: number } }>
  >
}
