/** @file From logits to what a bound and a sampler ask of them: cross-entropy and entropy, in nats. */
import type { Reading } from './space.ts'

/** −log p of one token at one position. `logits` [N·V]. */
export function nll(logits: Float32Array, position: number, textSize: number, token: number): number {
  return logSumExp(logits, position, textSize) - logits[position * textSize + token]
}

/** Entropy of the distribution at one position. `logits` [N·V]. */
export function entropyAt(logits: Float32Array, position: number, textSize: number): number {
  const total = logSumExp(logits, position, textSize)
  let entropy = 0
  for (let v = 0; v < textSize; v++) {
    const logP = logits[position * textSize + v] - total
    if (logP > -100) entropy -= Math.exp(logP) * logP
  }
  return entropy
}

function logSumExp(logits: Float32Array, position: number, textSize: number): number {
  const offset = position * textSize
  let max = Number.NEGATIVE_INFINITY
  for (let v = 0; v < textSize; v++) max = Math.max(max, logits[offset + v])
  let total = 0
  for (let v = 0; v < textSize; v++) total += Math.exp(logits[offset + v] - max)
  return max + Math.log(total)
}

/** The most likely token at each position and its probability. `logits` [N·V]. */
export function readText(logits: Float32Array, textSize: number): Reading {
  const n = logits.length / textSize
  const best = new Int32Array(n)
  const confidence = new Float32Array(n)
  for (let i = 0; i < n; i++) {
    const at = logits.subarray(i * textSize, (i + 1) * textSize)
    at.forEach((logit, v) => {
      if (logit > at[best[i]]) best[i] = v
    })
    confidence[i] = Math.exp(-nll(logits, i, textSize, best[i]))
  }
  return { logits, best, confidence }
}
