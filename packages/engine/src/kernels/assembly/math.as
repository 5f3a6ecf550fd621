/** Vector exp, scalar log and row reductions. Every constant is an immediate: this module may own no static data. */

/**
 * exp of four floats, about 1e-7 relative on [-87.33, 88.37]; below it 0, above it the value at 88.37; NaN stays NaN.
 * x = n ln 2 + t, exp(t) by a degree-5 minimax polynomial, 2^n by bits (XNNPACK's rr2-p5).
 */
@inline
export function exp4(x: v128): v128 {
  const top = f32x4.pmin(x, f32x4.splat(88.3762626))
  // Adding 1.5 * 2^23 + 127 rounds to the integer n and leaves n + 127 in the low mantissa bits, where a shift by 23
  // makes them the exponent of 2^n.
  const biased = f32x4.add(f32x4.mul(top, f32x4.splat(1.4426950216293335)), f32x4.splat(12583039))
  const scale = i32x4.shl(biased, 23)
  const n = f32x4.sub(biased, f32x4.splat(12583039))
  let t = f32x4.sub(top, f32x4.mul(n, f32x4.splat(0.693145751953125)))
  t = f32x4.sub(t, f32x4.mul(n, f32x4.splat(1.428606765330187e-06)))
  let p = f32x4.add(f32x4.mul(t, f32x4.splat(0.008289290592074394)), f32x4.splat(0.04189782217144966))
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.16667652130126953))
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.4999915063381195))
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.9999997019767761))
  const value = f32x4.add(scale, f32x4.mul(f32x4.mul(t, scale), p))
  return v128.andnot(value, f32x4.lt(x, f32x4.splat(-87.3365)))
}

export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0)
}

/** Natural logarithm of a positive normal double (fdlibm e_log, without tables). */
export function log1(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN
  if (x == Infinity) return x
  let bits = reinterpret<u64>(x)
  // Normalise the mantissa to [sqrt(1/2), sqrt(2)).
  const high = <i32>(bits >> 32) + (0x3ff00000 - 0x3fe6a09e)
  const k = (high >> 20) - 0x3ff
  bits = ((<u64>((high & 0x000fffff) + 0x3fe6a09e)) << 32) | (bits & 0xffffffff)
  const f = reinterpret<f64>(bits) - 1
  const half = 0.5 * f * f
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const t1 = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1))
  const t2 =
    z *
    (6.666666666666735130e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)))
  const dk = <f64>k
  return s * (half + t1 + t2) + dk * 1.90821492927058770002e-10 - half + f + dk * 6.93147180369123816490e-1
}

export function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

function maxLanes(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  )
}

/** Largest of n floats; -Infinity for n = 0. */
export function rowMax(x: usize, n: i32): f32 {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  const end16 = x + ((<usize>(n & ~15)) << 2)
  let best = f32x4.splat(-Infinity)
  // Four maxima at once: one would wait for itself.
  let second = best
  let third = best
  let fourth = best
  for (; x < end16; x += 64) {
    best = f32x4.pmax(best, v128.load(x))
    second = f32x4.pmax(second, v128.load(x, 16))
    third = f32x4.pmax(third, v128.load(x, 32))
    fourth = f32x4.pmax(fourth, v128.load(x, 48))
  }
  best = f32x4.pmax(f32x4.pmax(best, second), f32x4.pmax(third, fourth))
  for (; x < end4; x += 16) best = f32x4.pmax(best, v128.load(x))
  let top = maxLanes(best)
  for (; x < end; x += 4) top = max(top, load<f32>(x))
  return top
}

/** y = exp(scale * x - shift), returns the sum. */
export function rowExp(x: usize, y: usize, n: i32, scale: f32, shift: f32): f32 {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  const s = f32x4.splat(scale)
  const b = f32x4.splat(shift)
  let total = f32x4.splat(0)
  const end8 = x + ((<usize>(n & ~7)) << 2)
  for (; x < end8; x += 32, y += 32) {
    const e = exp4(f32x4.sub(f32x4.mul(v128.load(x), s), b))
    const f = exp4(f32x4.sub(f32x4.mul(v128.load(x, 16), s), b))
    v128.store(y, e)
    v128.store(y, f, 16)
    total = f32x4.add(total, f32x4.add(e, f))
  }
  for (; x < end4; x += 16, y += 16) {
    const e = exp4(f32x4.sub(f32x4.mul(v128.load(x), s), b))
    v128.store(y, e)
    total = f32x4.add(total, e)
  }
  let sum = sumLanes(total)
  for (; x < end; x += 4, y += 4) {
    const e = exp1(load<f32>(x) * scale - shift)
    store<f32>(y, e)
    sum += e
  }
  return sum
}

/** Sum of exp(x - shift) without storing it. */
export function rowExpSum(x: usize, n: i32, shift: f32): f32 {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  const b = f32x4.splat(shift)
  let total = f32x4.splat(0)
  for (; x < end4; x += 16) total = f32x4.add(total, exp4(f32x4.sub(v128.load(x), b)))
  let sum = sumLanes(total)
  for (; x < end; x += 4) sum += exp1(load<f32>(x) - shift)
  return sum
}

/** y *= factor, in place. */
export function rowScale(y: usize, n: i32, factor: f32): void {
  const end4 = y + ((<usize>(n & ~3)) << 2)
  const end = y + ((<usize>n) << 2)
  const f = f32x4.splat(factor)
  for (; y < end4; y += 16) v128.store(y, f32x4.mul(v128.load(y), f))
  for (; y < end; y += 4) store<f32>(y, load<f32>(y) * factor)
}

export function rowFill(y: usize, n: i32, value: f32): void {
  const end4 = y + ((<usize>(n & ~3)) << 2)
  const end = y + ((<usize>n) << 2)
  const v = f32x4.splat(value)
  for (; y < end4; y += 16) v128.store(y, v)
  for (; y < end; y += 4) store<f32>(y, value)
}

/** Sum of x * y. */
export function rowDot(x: usize, y: usize, n: i32): f32 {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  let total = f32x4.splat(0)
  for (; x < end4; x += 16, y += 16) total = f32x4.add(total, f32x4.mul(v128.load(x), v128.load(y)))
  let sum = sumLanes(total)
  for (; x < end; x += 4, y += 4) sum += load<f32>(x) * load<f32>(y)
  return sum
}

/** y += x. */
export function rowAdd(x: usize, y: usize, n: i32): void {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  for (; x < end4; x += 16, y += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)))
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(y) + load<f32>(x))
}

/** y = x. */
export function rowCopy(x: usize, y: usize, n: i32): void {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  for (; x < end4; x += 16, y += 16) v128.store(y, v128.load(x))
  for (; x < end; x += 4, y += 4) store<f32>(y, load<f32>(x))
}
