/** Elementwise kernels: gated units, squared ReLU, AdamW, averages, sums. */
import { exp1, exp4 } from './math'

@inline
function sigmoid4(a: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(a))))
}

@inline
function sigmoid1(a: f32): f32 {
  return 1 / (1 + exp1(-a))
}

/** y = exp(x); the vector exp by itself, for its test. */
export function expInto(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; ++i) {
    const at = (<usize>i) << 2
    store<f32>(y + at, exp1(load<f32>(x + at)))
  }
}

/** y = silu(a) b (Shazeer 2020). */
export function swigluForward(a: usize, b: usize, y: usize, n: i32): void {
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  let at: usize = 0
  for (; at < end4; at += 16) {
    const v = v128.load(a + at)
    v128.store(y + at, f32x4.mul(f32x4.mul(v, sigmoid4(v)), v128.load(b + at)))
  }
  for (; at < end; at += 4) {
    const v = load<f32>(a + at)
    store<f32>(y + at, v * sigmoid1(v) * load<f32>(b + at))
  }
}

/** da = dy b s (1 + a (1 - s)), db = dy a s, with s = sigmoid(a). */
export function swigluBackward(dy: usize, a: usize, b: usize, da: usize, db: usize, n: i32): void {
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  const one = f32x4.splat(1)
  let at: usize = 0
  for (; at < end4; at += 16) {
    const v = v128.load(a + at)
    const g = v128.load(dy + at)
    const s = sigmoid4(v)
    const slope = f32x4.mul(s, f32x4.add(one, f32x4.mul(v, f32x4.sub(one, s))))
    const gb = f32x4.mul(g, v128.load(b + at))
    v128.store(db + at, f32x4.mul(g, f32x4.mul(v, s)))
    v128.store(da + at, f32x4.mul(gb, slope))
  }
  for (; at < end; at += 4) {
    const v = load<f32>(a + at)
    const g = load<f32>(dy + at)
    const s = sigmoid1(v)
    const gb = g * load<f32>(b + at)
    store<f32>(db + at, g * (v * s))
    store<f32>(da + at, gb * (s * (1 + v * (1 - s))))
  }
}

/** y = max(x, 0)^2 (So et al. 2021). */
export function relu2Forward(x: usize, y: usize, n: i32): void {
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  const zero = f32x4.splat(0)
  let at: usize = 0
  for (; at < end4; at += 16) {
    const v = f32x4.pmax(v128.load(x + at), zero)
    v128.store(y + at, f32x4.mul(v, v))
  }
  for (; at < end; at += 4) {
    const v = max(load<f32>(x + at), 0)
    store<f32>(y + at, v * v)
  }
}

/** dx = 2 max(x, 0) dy. */
export function relu2Backward(dy: usize, x: usize, dx: usize, n: i32): void {
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  const zero = f32x4.splat(0)
  let at: usize = 0
  for (; at < end4; at += 16) {
    const v = f32x4.pmax(v128.load(x + at), zero)
    v128.store(dx + at, f32x4.mul(f32x4.add(v, v), v128.load(dy + at)))
  }
  for (; at < end; at += 4) store<f32>(dx + at, 2 * max(load<f32>(x + at), 0) * load<f32>(dy + at))
}

/**
 * AdamW (Loshchilov & Hutter 2019); outputs may be the inputs. biasCorrection = 1 - beta^t. The decay of each weight is
 * multiplied by decayed[i], where that pointer is not 0.
 */
export function adamw(
  p: usize, g: usize, m: usize, v: usize, decayed: usize, pOut: usize, mOut: usize, vOut: usize, n: i32, lr: f32,
  beta1: f32, beta2: f32, eps: f32, weightDecay: f32, biasCorrection1: f32, biasCorrection2: f32, gradScale: f32,
): void {
  const decay: f32 = lr * weightDecay
  const step: f32 = lr / biasCorrection1
  const inverse2: f32 = 1 / biasCorrection2
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  let at: usize = 0
  for (; at < end4; at += 16) {
    const grad = f32x4.mul(v128.load(g + at), f32x4.splat(gradScale))
    const oldM = v128.load(m + at)
    const oldV = v128.load(v + at)
    // m + (1 - beta)(g - m): exact at g = m, and 1 - beta is rounded once.
    const newM = f32x4.add(oldM, f32x4.mul(f32x4.sub(grad, oldM), f32x4.splat(1 - beta1)))
    const newV = f32x4.add(oldV, f32x4.mul(f32x4.sub(f32x4.mul(grad, grad), oldV), f32x4.splat(1 - beta2)))
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(newV, f32x4.splat(inverse2))), f32x4.splat(eps))
    const move = f32x4.div(f32x4.mul(newM, f32x4.splat(step)), root)
    const share = decayed ? f32x4.mul(v128.load(decayed + at), f32x4.splat(decay)) : f32x4.splat(decay)
    const kept = f32x4.sub(f32x4.splat(1), share)
    v128.store(mOut + at, newM)
    v128.store(vOut + at, newV)
    v128.store(pOut + at, f32x4.sub(f32x4.mul(v128.load(p + at), kept), move))
  }
  for (; at < end; at += 4) {
    const grad = load<f32>(g + at) * gradScale
    const newM = load<f32>(m + at) + (grad - load<f32>(m + at)) * (1 - beta1)
    const newV = load<f32>(v + at) + (grad * grad - load<f32>(v + at)) * (1 - beta2)
    const kept: f32 = 1 - (decayed ? load<f32>(decayed + at) * decay : decay)
    store<f32>(mOut + at, newM)
    store<f32>(vOut + at, newV)
    store<f32>(pOut + at, load<f32>(p + at) * kept - (newM * step) / (sqrt(newV * inverse2) + eps))
  }
}

/** out = decay e + (1 - decay) p. */
export function ema(e: usize, p: usize, out: usize, n: i32, decay: f32): void {
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  const rest: f32 = 1 - decay
  let at: usize = 0
  for (; at < end4; at += 16) {
    const old = v128.load(e + at)
    v128.store(out + at, f32x4.add(old, f32x4.mul(f32x4.sub(v128.load(p + at), old), f32x4.splat(rest))))
  }
  for (; at < end; at += 4) {
    const old = load<f32>(e + at)
    store<f32>(out + at, old + (load<f32>(p + at) - old) * rest)
  }
}

/** Sum of squares; the accumulators are doubles, so n may be in the millions. */
export function sumSquares(x: usize, n: i32): f64 {
  const end4 = x + ((<usize>(n & ~3)) << 2)
  const end = x + ((<usize>n) << 2)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (; x < end4; x += 16) {
    const v = v128.load(x)
    const a = f64x2.promote_low_f32x4(v)
    const b = f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 1))
    low = f64x2.add(low, f64x2.mul(a, a))
    high = f64x2.add(high, f64x2.mul(b, b))
  }
  low = f64x2.add(low, high)
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)
  for (; x < end; x += 4) {
    const v = <f64>load<f32>(x)
    sum += v * v
  }
  return sum
}

/** y = a + b. */
export function addInto(a: usize, b: usize, y: usize, n: i32): void {
  const end4 = (<usize>(n & ~3)) << 2
  const end = (<usize>n) << 2
  let at: usize = 0
  for (; at < end4; at += 16) v128.store(y + at, f32x4.add(v128.load(a + at), v128.load(b + at)))
  for (; at < end; at += 4) store<f32>(y + at, load<f32>(a + at) + load<f32>(b + at))
}

/** memory.copy: regions may overlap. */
export function copyBytes(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes)
}
