/** @file Log-probabilities of written tokens, for requests that ask for them. */
import { InputError } from '@trivium/schema'
import type { TokenLogprobs } from './contract.ts'

/** What a row keeps of its tokens while it is written. */
export type LogprobNotes = { readonly top: number; readonly at: (TokenLogprobs | null)[] }

/** @throws InputError unless it is a number of tokens that the vocabulary has */
export function checkLogprobs(n: number | undefined, textSize: number): void {
  if (n !== undefined && !(Number.isInteger(n) && n >= 0 && n <= textSize))
    throw new InputError(
      `logprobs ${n} is not a number of tokens from 0 to the ${textSize} that the model writes`,
    )
}

/**
 * Notes the token that stands at `position` against the logits [V] that it was written from; nothing when the request does
 * not ask, and null for a token that is no text (a position that was masked again).
 */
export function noteLogprobs(
  row: { readonly tokens: Int32Array; readonly logprobs?: LogprobNotes },
  position: number,
  logits: ArrayLike<number>,
): void {
  if (row.logprobs === undefined) return
  const { top, at } = row.logprobs
  const token = row.tokens[position]
  at[position] = token < logits.length ? tokenLogprobs(logits, token, top) : null
}

/** ln softmax(logits)[token], and of the `n` most likely tokens. */
export function tokenLogprobs(logits: ArrayLike<number>, token: number, n: number): TokenLogprobs {
  const max = Array.from(logits).reduce((a, b) => Math.max(a, b))
  let total = 0
  for (let v = 0; v < logits.length; v++) total += Math.exp(logits[v] - max)
  const norm = max + Math.log(total)
  const order = n === 0 ? [] : [...Array(logits.length).keys()].sort((a, b) => logits[b] - logits[a] || a - b)
  return {
    logprob: logits[token] - norm,
    top: order.slice(0, n).map((v) => ({ token: v, logprob: logits[v] - norm })),
  }
}
