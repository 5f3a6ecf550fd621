/** Row-wise kernels: RMSNorm, cross-entropy, softmax, embedding. */
import { log1, rowAdd, rowCopy, rowDot, rowExp, rowExpSum, rowFill, rowMax, rowScale } from './math'

/** y = x * rstd * gain, rstd[n] = 1 / sqrt(mean(x^2) + eps) (Zhang & Sennrich 2019). */
export function rmsNormForward(x: usize, gain: usize, y: usize, rstd: usize, n: i32, d: i32, eps: f32): void {
  const bytes = (<usize>d) << 2
  const d4 = (<usize>(d & ~3)) << 2
  for (let row = 0; row < n; ++row) {
    const r: f32 = 1 / sqrt(rowDot(x, x, d) / <f32>d + eps)
    store<f32>(rstd + ((<usize>row) << 2), r)
    const r4 = f32x4.splat(r)
    let at: usize = 0
    for (; at < d4; at += 16) {
      v128.store(y + at, f32x4.mul(f32x4.mul(v128.load(x + at), r4), v128.load(gain + at)))
    }
    for (; at < bytes; at += 4) store<f32>(y + at, load<f32>(x + at) * r * load<f32>(gain + at))
    x += bytes
    y += bytes
  }
}

/** dx = r (g dy - x r^2 mean(g dy x)); dgain += sum over rows of dy x r. */
export function rmsNormBackward(
  dy: usize, x: usize, gain: usize, rstd: usize, dx: usize, dgain: usize, n: i32, d: i32,
): void {
  const bytes = (<usize>d) << 2
  const d4 = (<usize>(d & ~3)) << 2
  for (let row = 0; row < n; ++row) {
    const r = load<f32>(rstd + ((<usize>row) << 2))
    const r4 = f32x4.splat(r)
    let total = f32x4.splat(0)
    let at: usize = 0
    for (; at < d4; at += 16) {
      const dyx = f32x4.mul(v128.load(dy + at), v128.load(x + at))
      total = f32x4.add(total, f32x4.mul(dyx, v128.load(gain + at)))
      v128.store(dgain + at, f32x4.add(v128.load(dgain + at), f32x4.mul(dyx, r4)))
    }
    let sum =
      (f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 1)) +
      (f32x4.extract_lane(total, 2) + f32x4.extract_lane(total, 3))
    for (; at < bytes; at += 4) {
      const dyx = load<f32>(dy + at) * load<f32>(x + at)
      sum += dyx * load<f32>(gain + at)
      store<f32>(dgain + at, load<f32>(dgain + at) + dyx * r)
    }
    const c = (r * r * r * sum) / <f32>d
    const c4 = f32x4.splat(c)
    at = 0
    for (; at < d4; at += 16) {
      const direct = f32x4.mul(f32x4.mul(v128.load(dy + at), v128.load(gain + at)), r4)
      v128.store(dx + at, f32x4.sub(direct, f32x4.mul(v128.load(x + at), c4)))
    }
    for (; at < bytes; at += 4) {
      store<f32>(dx + at, load<f32>(dy + at) * load<f32>(gain + at) * r - load<f32>(x + at) * c)
    }
    dy += bytes
    x += bytes
    dx += bytes
  }
}

/** nll[n] = log sum exp(logits) - logits[target]; returns sum w nll. weights = 0 (null) means all ones. */
export function crossEntropyForward(logits: usize, targets: usize, weights: usize, nll: usize, n: i32, v: i32): f64 {
  let total: f64 = 0
  for (let row = 0; row < n; ++row) {
    const offset = (<usize>row) << 2
    const top = rowMax(logits, v)
    const sum = rowExpSum(logits, v, top)
    const target = load<f32>(logits + ((<usize>load<i32>(targets + offset)) << 2))
    const value = <f32>(log1(<f64>sum) + (<f64>top - <f64>target))
    store<f32>(nll + offset, value)
    const w: f32 = weights ? load<f32>(weights + offset) : 1
    if (w != 0) total += <f64>w * <f64>value
    logits += (<usize>v) << 2
  }
  return total
}

/** dlogits = scale w (softmax(logits) - onehot(target)); rows of weight 0 are zeros. */
export function crossEntropyBackward(
  logits: usize, targets: usize, weights: usize, scale: f32, dlogits: usize, n: i32, v: i32,
): void {
  for (let row = 0; row < n; ++row) {
    const offset = (<usize>row) << 2
    const w: f32 = scale * (weights ? load<f32>(weights + offset) : 1)
    if (w == 0) {
      rowFill(dlogits, v, 0)
    } else {
      const sum = rowExp(logits, dlogits, v, 1, rowMax(logits, v))
      rowScale(dlogits, v, w / sum)
      const at = dlogits + ((<usize>load<i32>(targets + offset)) << 2)
      store<f32>(at, load<f32>(at) - w)
    }
    logits += (<usize>v) << 2
    dlogits += (<usize>v) << 2
  }
}

/** Keys that query row may see: all of them, or those up to its own place when causal. */
@inline
function visible(row: i32, keys: i32, causal: i32, queryOffset: i32): i32 {
  return causal ? max(0, min(keys, row + queryOffset + 1)) : keys
}

/** S[queries, keys] := softmax(scale * S) over the keys each query may see, 0 elsewhere, in place. */
export function attentionSoftmaxForward(
  s: usize, queries: i32, keys: i32, scale: f32, causal: i32, queryOffset: i32,
): void {
  for (let row = 0; row < queries; ++row) {
    const open = visible(row, keys, causal, queryOffset)
    if (open > 0) {
      const shift = scale >= 0 ? scale * rowMax(s, open) : f32(0)
      rowScale(s, open, 1 / rowExp(s, s, open, scale, shift))
    }
    rowFill(s + ((<usize>open) << 2), keys - open, 0)
    s += (<usize>keys) << 2
  }
}

/** dP := scale * P (dP - sum(P dP)) over the keys each query may see, 0 elsewhere, in place. */
export function attentionSoftmaxBackward(
  p: usize, dp: usize, queries: i32, keys: i32, scale: f32, causal: i32, queryOffset: i32,
): void {
  for (let row = 0; row < queries; ++row) {
    const open = visible(row, keys, causal, queryOffset)
    const mean = rowDot(p, dp, open)
    const m4 = f32x4.splat(mean)
    const s4 = f32x4.splat(scale)
    const end4 = (<usize>(open & ~3)) << 2
    const end = (<usize>open) << 2
    let at: usize = 0
    for (; at < end4; at += 16) {
      const centred = f32x4.sub(v128.load(dp + at), m4)
      v128.store(dp + at, f32x4.mul(f32x4.mul(v128.load(p + at), s4), centred))
    }
    for (; at < end; at += 4) store<f32>(dp + at, load<f32>(p + at) * scale * (load<f32>(dp + at) - mean))
    rowFill(dp + end, keys - open, 0)
    p += (<usize>keys) << 2
    dp += (<usize>keys) << 2
  }
}

/** Index of the first id outside [0, limit), or -1. */
export function firstOutOfRange(ids: usize, n: i32, limit: i32): i32 {
  for (let i = 0; i < n; ++i) {
    if (<u32>load<i32>(ids + ((<usize>i) << 2)) >= <u32>limit) return i
  }
  return -1
}

/** y[n] = table[ids[n]]. */
export function embeddingForward(table: usize, ids: usize, y: usize, n: i32, d: i32): void {
  const bytes = (<usize>d) << 2
  for (let row = 0; row < n; ++row) {
    rowCopy(table + (<usize>load<i32>(ids + ((<usize>row) << 2))) * bytes, y, d)
    y += bytes
  }
}

/** dtable[ids[n]] += dy[n]. */
export function embeddingBackward(dy: usize, ids: usize, dtable: usize, n: i32, d: i32): void {
  const bytes = (<usize>d) << 2
  for (let row = 0; row < n; ++row) {
    rowAdd(dy, dtable + (<usize>load<i32>(ids + ((<usize>row) << 2))) * bytes, d)
    dy += bytes
  }
}
