/** @file What the network reads to predict a row. */

/** BOS, then all tokens of the row but the last. Row-major [B, L]. */
export function shiftRight(
  tokens: Int32Array,
  { batch, length }: { readonly batch: number; readonly length: number },
  bos: number,
): Int32Array {
  const out = new Int32Array(batch * length)
  for (let b = 0; b < batch; b++) {
    out[b * length] = bos
    out.set(tokens.subarray(b * length, (b + 1) * length - 1), b * length + 1)
  }
  return out
}
