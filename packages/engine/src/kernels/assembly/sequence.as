/** Kernels that look along the sequence: rotary position embedding and the short depthwise convolution. */
/**
 * Rotary embedding, rotate-half layout: the pair of lane i is i + dh/2 (Su et al. 2021).
 * direction -1 turns back, which is the gradient of direction +1.
 */
export function ropeForward(
  x: usize, cos: usize, sin: usize, y: usize, batch: i32, length: i32, heads: i32, dh: i32,
  positionOffset: i32, direction: f32,
): void {
  const half = dh >> 1
  const halfBytes = (<usize>half) << 2
  const half4 = (<usize>(half & ~3)) << 2
  const sign = f32x4.splat(direction)
  for (let b = 0; b < batch; ++b) {
    for (let l = 0; l < length; ++l) {
      const c = cos + (<usize>(positionOffset + l)) * halfBytes
      const s = sin + (<usize>(positionOffset + l)) * halfBytes
      for (let h = 0; h < heads; ++h) {
        let at: usize = 0
        for (; at < half4; at += 16) {
          const cv = v128.load(c + at)
          const sv = f32x4.mul(v128.load(s + at), sign)
          const lo = v128.load(x + at)
          const hi = v128.load(x + halfBytes + at)
          v128.store(y + at, f32x4.sub(f32x4.mul(lo, cv), f32x4.mul(hi, sv)))
          v128.store(y + halfBytes + at, f32x4.add(f32x4.mul(hi, cv), f32x4.mul(lo, sv)))
        }
        for (; at < halfBytes; at += 4) {
          const cv = load<f32>(c + at)
          const sv = load<f32>(s + at) * direction
          const lo = load<f32>(x + at)
          const hi = load<f32>(x + halfBytes + at)
          store<f32>(y + at, lo * cv - hi * sv)
          store<f32>(y + halfBytes + at, hi * cv + lo * sv)
        }
        x += (<usize>dh) << 2
        y += (<usize>dh) << 2
      }
    }
  }
}

/** Distance of tap j: firstOffset + j, where a skipped centre moves 0 and up by one. */
@inline
function tap(j: i32, firstOffset: i32, skipCentre: i32): i32 {
  const offset = firstOffset + j
  return skipCentre && offset >= 0 ? offset + 1 : offset
}

/**
 * y[l] = x[l] + sum_j w[j] x[l + tap(j)], zeros outside the row, for l from firstRow on: y has length - firstRow rows.
 * Decoding asks for the last rows alone.
 */
export function shortConvForward(
  x: usize, w: usize, y: usize, batch: i32, length: i32, d: i32, taps: i32, firstOffset: i32, skipCentre: i32,
  firstRow: i32,
): void {
  convolve(x, w, y, batch, length, d, taps, firstOffset, skipCentre, 1, firstRow)
}

/** dx[l] = dy[l] + sum_j w[j] dy[l - tap(j)]; dw[j] += sum_l dy[l] x[l + tap(j)]. */
export function shortConvBackward(
  dy: usize, x: usize, w: usize, dx: usize, dw: usize, batch: i32, length: i32, d: i32, taps: i32,
  firstOffset: i32, skipCentre: i32,
): void {
  convolve(dy, w, dx, batch, length, d, taps, firstOffset, skipCentre, -1, 0)
  const bytes = (<usize>d) << 2
  for (let b = 0; b < batch; ++b) {
    const base = (<usize>(b * length)) * bytes
    for (let j = 0; j < taps; ++j) {
      const offset = tap(j, firstOffset, skipCentre)
      const first = max(0, -offset)
      const rows = min(length, length - offset) - first
      if (rows <= 0) continue
      const grad = dy + base + (<usize>first) * bytes
      const source = x + base + (<usize>(first + offset)) * bytes
      productsDown(grad, source, dw + (<usize>j) * bytes, rows, bytes)
    }
  }
}

/** w += sum over rows of g x, a cache line of columns at a time, so that w stays in registers. */
function productsDown(g: usize, x: usize, w: usize, rows: i32, bytes: usize): void {
  const end = g + (<usize>rows) * bytes
  let at: usize = 0
  for (; at + 64 <= bytes; at += 64) {
    let a = v128.load(w + at)
    let b = v128.load(w + at, 16)
    let c = v128.load(w + at, 32)
    let d = v128.load(w + at, 48)
    let there = x + at
    for (let here = g + at; here < end; here += bytes) {
      a = f32x4.add(a, f32x4.mul(v128.load(here), v128.load(there)))
      b = f32x4.add(b, f32x4.mul(v128.load(here, 16), v128.load(there, 16)))
      c = f32x4.add(c, f32x4.mul(v128.load(here, 32), v128.load(there, 32)))
      d = f32x4.add(d, f32x4.mul(v128.load(here, 48), v128.load(there, 48)))
      there += bytes
    }
    v128.store(w + at, a)
    v128.store(w + at, b, 16)
    v128.store(w + at, c, 32)
    v128.store(w + at, d, 48)
  }
  for (; at < bytes; at += 4) {
    let sum = load<f32>(w + at)
    let there = x + at
    for (let here = g + at; here < end; here += bytes) {
      sum += load<f32>(here) * load<f32>(there)
      there += bytes
    }
    store<f32>(w + at, sum)
  }
}

/** Sixteen lanes of a row stay in registers over all taps, so each input is loaded once a tap and y is stored once. */
function convolve(
  x: usize, w: usize, y: usize, batch: i32, length: i32, d: i32, taps: i32, firstOffset: i32, skipCentre: i32,
  sign: i32, firstRow: i32,
): void {
  const bytes = (<usize>d) << 2
  const end8 = (<usize>(d & ~7)) << 2
  const end16 = (<usize>(d & ~15)) << 2
  for (let b = 0; b < batch; ++b) {
    const base = x + (<usize>(b * length)) * bytes
    for (let l = firstRow; l < length; ++l) {
      // Sources move one way with j, so the taps inside the row are an interval.
      let lo = 0
      let hi = taps
      while (lo < hi && outside(l + sign * tap(lo, firstOffset, skipCentre), length)) ++lo
      while (hi > lo && outside(l + sign * tap(hi - 1, firstOffset, skipCentre), length)) --hi
      const here = base + (<usize>l) * bytes
      let at: usize = 0
      for (; at < end16; at += 64) {
        let first = v128.load(here + at)
        let second = v128.load(here + at, 16)
        let third = v128.load(here + at, 32)
        let fourth = v128.load(here + at, 48)
        for (let j = lo; j < hi; ++j) {
          const source = base + (<usize>(l + sign * tap(j, firstOffset, skipCentre))) * bytes + at
          const weight = w + (<usize>j) * bytes + at
          first = f32x4.add(first, f32x4.mul(v128.load(weight), v128.load(source)))
          second = f32x4.add(second, f32x4.mul(v128.load(weight, 16), v128.load(source, 16)))
          third = f32x4.add(third, f32x4.mul(v128.load(weight, 32), v128.load(source, 32)))
          fourth = f32x4.add(fourth, f32x4.mul(v128.load(weight, 48), v128.load(source, 48)))
        }
        v128.store(y + at, first)
        v128.store(y + at, second, 16)
        v128.store(y + at, third, 32)
        v128.store(y + at, fourth, 48)
      }
      for (; at < end8; at += 32) {
        let low = v128.load(here + at)
        let high = v128.load(here + at, 16)
        for (let j = lo; j < hi; ++j) {
          const source = base + (<usize>(l + sign * tap(j, firstOffset, skipCentre))) * bytes + at
          const weight = w + (<usize>j) * bytes + at
          low = f32x4.add(low, f32x4.mul(v128.load(weight), v128.load(source)))
          high = f32x4.add(high, f32x4.mul(v128.load(weight, 16), v128.load(source, 16)))
        }
        v128.store(y + at, low)
        v128.store(y + at, high, 16)
      }
      for (; at < bytes; at += 4) {
        let sum = load<f32>(here + at)
        for (let j = lo; j < hi; ++j) {
          const source = base + (<usize>(l + sign * tap(j, firstOffset, skipCentre))) * bytes + at
          sum += load<f32>(w + (<usize>j) * bytes + at) * load<f32>(source)
        }
        store<f32>(y + at, sum)
      }
      y += bytes
    }
  }
}

@inline
function outside(l: i32, length: i32): bool {
  return l < 0 || l >= length
}
