/** @file What every tokenizer is: text in, ids out, and back without loss. */
import type { TokenizerConfig, TokenizerFile } from '@trivium/schema'

/** Ids of the declared specials. They lie above the ids of the text, and no text encodes to them. */
export type Specials = {
  readonly mask: number
  readonly bos: number
  readonly eos: number
  readonly pad: number
  readonly fimPrefix: number
  readonly fimMiddle: number
  readonly fimSuffix: number
}

/** The sizes and ids that a model needs; structurally the `Vocabulary` of the language-model package. */
export type TokenizerVocabulary = {
  readonly size: number
  readonly textSize: number
  readonly mask: number
  readonly bos: number
  readonly eos: number
  readonly pad: number
  readonly fim: { readonly prefix: number; readonly suffix: number; readonly middle: number }
}

export interface Tokenizer {
  readonly type: TokenizerConfig['type']
  /** All ids: text, then the specials. */
  readonly size: number
  /** Ids that a network may write, 0 … textSize-1: the text, and EOS and PAD where rows have ends. */
  readonly textSize: number
  readonly specials: Specials
  readonly vocabulary: TokenizerVocabulary
  /** 16 hexadecimal digits of the JSON form: two tokenizers with one fingerprint encode alike. */
  readonly fingerprint: string
  /** @throws InputError that names the first character that has no id, and its offset in UTF-16 units */
  encode(text: string): Int32Array
  /**
   * Specials render as nothing; bytes that are not UTF-8 (a model may write such) as U+FFFD.
   * @throws InputError for an id outside 0 … size-1
   */
  decode(ids: ArrayLike<number>): string
  /** One token for people: its text, `<0x9f>` for a byte that is no character by itself, `<mask>` for a special. */
  tokenText(id: number): string
  /** The UTF-8 bytes that a token stands for, none for a special: a row of tokens may cut a character. */
  bytesOf(id: number): Uint8Array
  toJSON(): TokenizerFile
}
