/**
 * Single-precision matrix product, row-major, in the Goto/BLIS shape: panels of A and B are packed into
 * scratch, an outer-product microkernel keeps a 4 x 8 tile of C in eight v128 accumulators.
 * Source: Goto & van de Geijn 2008 (block sizes), XNNPACK's 4x8 wasmsimd f32-gemm (tile, load32_splat).
 * 4 x 8 because V8 has 15 usable xmm registers on x64 and moves all loads of a loop body to its start: 8 accumulators,
 * 2 of B, 4 of A and a product are all 15. A body of two k would keep half of the accumulators in memory, which takes a
 * third of the speed.
 */
const MR: i32 = 4
const NR: i32 = 8
const MC: i32 = 64
const KC: i32 = 256
const NC: i32 = 512
const A_BYTES: i32 = MC * KC * 4
const B_BYTES: i32 = KC * NC * 4
const TILE_BYTES: i32 = MR * NR * 4

/** Bytes of scratch that sgemm and everything built on it wants. */
export function scratchBytes(): i32 {
  return A_BYTES + B_BYTES + TILE_BYTES
}

/** dst[k * width + i] = src[k * ld + i]: the lanes of the panel lie side by side. */
function packContiguous(dst: usize, src: usize, ld: i32, depth: i32, width: i32, valid: i32): void {
  const step = (<usize>ld) << 2
  if (valid == width) {
    for (let k = 0; k < depth; ++k) {
      v128.store(dst, v128.load(src))
      if (width == 8) v128.store(dst, v128.load(src, 16), 16)
      dst += (<usize>width) << 2
      src += step
    }
    return
  }
  for (let k = 0; k < depth; ++k) {
    for (let i = 0; i < width; ++i) {
      store<f32>(dst + ((<usize>i) << 2), i < valid ? load<f32>(src + ((<usize>i) << 2)) : 0)
    }
    dst += (<usize>width) << 2
    src += step
  }
}

/** dst[k * width + i] = src[i * ld + k] for four lanes i: 4 x 4 transposes in registers. */
function packTransposed4(dst: usize, src: usize, ld: i32, depth: i32, width: i32): void {
  const row = (<usize>ld) << 2
  const out = (<usize>width) << 2
  let p0 = src
  let p1 = p0 + row
  let p2 = p1 + row
  let p3 = p2 + row
  let k = 0
  for (; k + 4 <= depth; k += 4) {
    const a = v128.load(p0)
    const b = v128.load(p1)
    const c = v128.load(p2)
    const d = v128.load(p3)
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
    const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
    v128.store(dst, v128.shuffle<f64>(ab01, cd01, 0, 2))
    v128.store(dst + out, v128.shuffle<f64>(ab01, cd01, 1, 3))
    v128.store(dst + 2 * out, v128.shuffle<f64>(ab23, cd23, 0, 2))
    v128.store(dst + 3 * out, v128.shuffle<f64>(ab23, cd23, 1, 3))
    dst += 4 * out
    p0 += 16
    p1 += 16
    p2 += 16
    p3 += 16
  }
  for (; k < depth; ++k) {
    store<f32>(dst, load<f32>(p0))
    store<f32>(dst, load<f32>(p1), 4)
    store<f32>(dst, load<f32>(p2), 8)
    store<f32>(dst, load<f32>(p3), 12)
    dst += out
    p0 += 4
    p1 += 4
    p2 += 4
    p3 += 4
  }
}

/** The same for any number of valid lanes; missing lanes become zeros. */
function packTransposed(dst: usize, src: usize, ld: i32, depth: i32, width: i32, valid: i32): void {
  for (let g = 0; g < width; g += 4) {
    const d = dst + ((<usize>g) << 2)
    const s = src + (<usize>g) * ((<usize>ld) << 2)
    if (valid - g >= 4) {
      packTransposed4(d, s, ld, depth, width)
      continue
    }
    for (let k = 0; k < depth; ++k) {
      for (let i = 0; i < 4; ++i) {
        const value: f32 = g + i < valid ? load<f32>(s + (((<usize>i) * (<usize>ld) + <usize>k) << 2)) : 0
        store<f32>(d + (((<usize>k) * (<usize>width) + <usize>i) << 2), value)
      }
    }
  }
}

@inline
function writeRow(c: usize, lo: v128, hi: v128, alpha: v128, beta: f32): void {
  lo = f32x4.mul(lo, alpha)
  hi = f32x4.mul(hi, alpha)
  if (beta != 0) {
    const scale = f32x4.splat(beta)
    lo = f32x4.add(lo, f32x4.mul(v128.load(c), scale))
    hi = f32x4.add(hi, f32x4.mul(v128.load(c, 16), scale))
  }
  v128.store(c, lo)
  v128.store(c, hi, 16)
}

/** C[4, 8] = alpha * (packed A)^T (packed B) + beta * C. */
function microkernel(depth: i32, a: usize, b: usize, alpha: f32, beta: f32, c: usize, ldc: i32): void {
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  const end = a + (<usize>depth) * (MR << 2)
  for (; a < end; a += 16) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    let x = v128.load_splat<f32>(a)
    c00 = f32x4.add(c00, f32x4.mul(x, b0))
    c01 = f32x4.add(c01, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a, 4)
    c10 = f32x4.add(c10, f32x4.mul(x, b0))
    c11 = f32x4.add(c11, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a, 8)
    c20 = f32x4.add(c20, f32x4.mul(x, b0))
    c21 = f32x4.add(c21, f32x4.mul(x, b1))
    x = v128.load_splat<f32>(a, 12)
    c30 = f32x4.add(c30, f32x4.mul(x, b0))
    c31 = f32x4.add(c31, f32x4.mul(x, b1))
    b += 32
  }
  const scale = f32x4.splat(alpha)
  const row = (<usize>ldc) << 2
  writeRow(c, c00, c01, scale, beta)
  writeRow(c + row, c10, c11, scale, beta)
  writeRow(c + 2 * row, c20, c21, scale, beta)
  writeRow(c + 3 * row, c30, c31, scale, beta)
}

/** A tile at the edge of C goes through a full tile in scratch. */
function edgeTile(
  depth: i32, a: usize, b: usize, alpha: f32, beta: f32, c: usize, ldc: i32, rows: i32, columns: i32, tile: usize,
): void {
  microkernel(depth, a, b, alpha, 0, tile, NR)
  for (let i = 0; i < rows; ++i) {
    for (let j = 0; j < columns; ++j) {
      const at = c + (((<usize>i) * (<usize>ldc) + <usize>j) << 2)
      let value = load<f32>(tile + ((<usize>(i * NR + j)) << 2))
      if (beta != 0) value += beta * load<f32>(at)
      store<f32>(at, value)
    }
  }
}

function scaleC(m: i32, n: i32, beta: f32, c: usize, ldc: i32): void {
  if (beta == 1) return
  for (let i = 0; i < m; ++i) {
    for (let j = 0; j < n; ++j) {
      const at = c + (((<usize>i) * (<usize>ldc) + <usize>j) << 2)
      store<f32>(at, beta == 0 ? 0 : beta * load<f32>(at))
    }
  }
}

/** y[n] = alpha * x[k] B[k, n] + beta * y: four rows of B a pass, nothing packed. */
function rowTimesMatrix(n: i32, k: i32, alpha: f32, x: usize, b: usize, ldb: i32, beta: f32, y: usize): void {
  scaleC(1, n, beta, y, n)
  const row = (<usize>ldb) << 2
  const end8 = y + ((<usize>(n & ~7)) << 2)
  const end4 = y + ((<usize>(n & ~3)) << 2)
  const end = y + ((<usize>n) << 2)
  for (let p = 0; p < k; p += 4) {
    const left = k - p
    const s0 = alpha * load<f32>(x)
    const s1: f32 = left > 1 ? alpha * load<f32>(x, 4) : 0
    const s2: f32 = left > 2 ? alpha * load<f32>(x, 8) : 0
    const s3: f32 = left > 3 ? alpha * load<f32>(x, 12) : 0
    // A row past the end repeats the first one with weight 0, so nothing outside B is read.
    let p0 = b
    let p1 = left > 1 ? b + row : b
    let p2 = left > 2 ? b + 2 * row : b
    let p3 = left > 3 ? b + 3 * row : b
    const v0 = f32x4.splat(s0)
    const v1 = f32x4.splat(s1)
    const v2 = f32x4.splat(s2)
    const v3 = f32x4.splat(s3)
    let out = y
    for (; out < end8; out += 32) {
      const low = f32x4.add(f32x4.mul(v0, v128.load(p0)), f32x4.mul(v1, v128.load(p1)))
      const high = f32x4.add(f32x4.mul(v2, v128.load(p2)), f32x4.mul(v3, v128.load(p3)))
      v128.store(out, f32x4.add(v128.load(out), f32x4.add(low, high)))
      const low1 = f32x4.add(f32x4.mul(v0, v128.load(p0, 16)), f32x4.mul(v1, v128.load(p1, 16)))
      const high1 = f32x4.add(f32x4.mul(v2, v128.load(p2, 16)), f32x4.mul(v3, v128.load(p3, 16)))
      v128.store(out, f32x4.add(v128.load(out, 16), f32x4.add(low1, high1)), 16)
      p0 += 32
      p1 += 32
      p2 += 32
      p3 += 32
    }
    for (; out < end4; out += 16) {
      const low = f32x4.add(f32x4.mul(v0, v128.load(p0)), f32x4.mul(v1, v128.load(p1)))
      const high = f32x4.add(f32x4.mul(v2, v128.load(p2)), f32x4.mul(v3, v128.load(p3)))
      v128.store(out, f32x4.add(v128.load(out), f32x4.add(low, high)))
      p0 += 16
      p1 += 16
      p2 += 16
      p3 += 16
    }
    for (; out < end; out += 4) {
      const sum = s0 * load<f32>(p0) + s1 * load<f32>(p1) + (s2 * load<f32>(p2) + s3 * load<f32>(p3))
      store<f32>(out, load<f32>(out) + sum)
      p0 += 4
      p1 += 4
      p2 += 4
      p3 += 4
    }
    x += 16
    b += 4 * row
  }
}

@inline
function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

/** y[n] = alpha * B[n, k] x[k] + beta * y: four dot products at once. */
function matrixTimesColumn(n: i32, k: i32, alpha: f32, x: usize, b: usize, ldb: i32, beta: f32, y: usize): void {
  const row = (<usize>ldb) << 2
  const k4 = k & ~3
  for (let j = 0; j < n; j += 4) {
    const lanes = n - j
    const r0 = b
    const r1 = lanes > 1 ? b + row : b
    const r2 = lanes > 2 ? b + 2 * row : b
    const r3 = lanes > 3 ? b + 3 * row : b
    let d0 = f32x4.splat(0)
    let d1 = f32x4.splat(0)
    let d2 = f32x4.splat(0)
    let d3 = f32x4.splat(0)
    let p = 0
    for (; p < k4; p += 4) {
      const at = (<usize>p) << 2
      const v = v128.load(x + at)
      d0 = f32x4.add(d0, f32x4.mul(v, v128.load(r0 + at)))
      d1 = f32x4.add(d1, f32x4.mul(v, v128.load(r1 + at)))
      d2 = f32x4.add(d2, f32x4.mul(v, v128.load(r2 + at)))
      d3 = f32x4.add(d3, f32x4.mul(v, v128.load(r3 + at)))
    }
    let s0 = sumLanes(d0)
    let s1 = sumLanes(d1)
    let s2 = sumLanes(d2)
    let s3 = sumLanes(d3)
    for (; p < k; ++p) {
      const at = (<usize>p) << 2
      const v = load<f32>(x + at)
      s0 += v * load<f32>(r0 + at)
      s1 += v * load<f32>(r1 + at)
      s2 += v * load<f32>(r2 + at)
      s3 += v * load<f32>(r3 + at)
    }
    writeScalar(y, s0, alpha, beta)
    if (lanes > 1) writeScalar(y + 4, s1, alpha, beta)
    if (lanes > 2) writeScalar(y + 8, s2, alpha, beta)
    if (lanes > 3) writeScalar(y + 12, s3, alpha, beta)
    y += 16
    b += 4 * row
  }
}

@inline
function writeScalar(at: usize, value: f32, alpha: f32, beta: f32): void {
  store<f32>(at, beta == 0 ? alpha * value : alpha * value + beta * load<f32>(at))
}

/** Up to so many rows go without packing: the packed product is faster only where it has enough full tiles. */
const FEW_ROWS: i32 = 7

/** Few rows (decoding): packing B would cost more than the product itself. */
function fewRows(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, b: usize, ldb: i32,
  beta: f32, c: usize, ldc: i32, scratch: usize,
): void {
  for (let i = 0; i < m; ++i) {
    let x = a + (((<usize>i) * (<usize>lda)) << 2)
    if (transA) {
      for (let p = 0; p < k; ++p) {
        store<f32>(scratch + ((<usize>p) << 2), load<f32>(a + (((<usize>p) * (<usize>lda) + <usize>i) << 2)))
      }
      x = scratch
    }
    const y = c + (((<usize>i) * (<usize>ldc)) << 2)
    if (transB) matrixTimesColumn(n, k, alpha, x, b, ldb, beta, y)
    else rowTimesMatrix(n, k, alpha, x, b, ldb, beta, y)
  }
}

/** C[m, n] = alpha * op(A)[m, k] op(B)[k, n] + beta * C, row-major, leading dimensions in elements. */
export function sgemm(
  transA: i32, transB: i32, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32, b: usize, ldb: i32,
  beta: f32, c: usize, ldc: i32, scratch: usize,
): void {
  if (m <= 0 || n <= 0) return
  if (k <= 0 || alpha == 0) {
    scaleC(m, n, beta, c, ldc)
    return
  }
  if (m <= FEW_ROWS && (!transA || k * 4 <= B_BYTES)) {
    fewRows(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch)
    return
  }
  const packedA = scratch
  const packedB = scratch + A_BYTES
  const tile = packedB + B_BYTES
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min(NC, n - jc)
    for (let pc = 0; pc < k; pc += KC) {
      const kc = min(KC, k - pc)
      const betaHere: f32 = pc == 0 ? beta : 1
      for (let j = 0; j < nc; j += NR) {
        const dst = packedB + (<usize>j) * ((<usize>kc) << 2)
        const valid = min(NR, nc - j)
        if (transB) packTransposed(dst, b + (((<usize>(jc + j)) * (<usize>ldb) + <usize>pc) << 2), ldb, kc, NR, valid)
        else packContiguous(dst, b + (((<usize>pc) * (<usize>ldb) + <usize>(jc + j)) << 2), ldb, kc, NR, valid)
      }
      for (let ic = 0; ic < m; ic += MC) {
        const mc = min(MC, m - ic)
        for (let i = 0; i < mc; i += MR) {
          const dst = packedA + (<usize>i) * ((<usize>kc) << 2)
          const valid = min(MR, mc - i)
          if (transA) packContiguous(dst, a + (((<usize>pc) * (<usize>lda) + <usize>(ic + i)) << 2), lda, kc, MR, valid)
          else packTransposed(dst, a + (((<usize>(ic + i)) * (<usize>lda) + <usize>pc) << 2), lda, kc, MR, valid)
        }
        block(mc, nc, kc, alpha, packedA, packedB, betaHere, c + (((<usize>ic) * (<usize>ldc) + <usize>jc) << 2), ldc, tile)
      }
    }
  }
}

/** One packed block: every 4 x 8 tile of C[mc, nc]. */
function block(
  mc: i32, nc: i32, kc: i32, alpha: f32, packedA: usize, packedB: usize, beta: f32, c: usize, ldc: i32, tile: usize,
): void {
  const depthBytes = (<usize>kc) << 2
  for (let j = 0; j < nc; j += NR) {
    const bPanel = packedB + (<usize>j) * depthBytes
    for (let i = 0; i < mc; i += MR) {
      const aPanel = packedA + (<usize>i) * depthBytes
      const at = c + (((<usize>i) * (<usize>ldc) + <usize>j) << 2)
      if (mc - i >= MR && nc - j >= NR) microkernel(kc, aPanel, bPanel, alpha, beta, at, ldc)
      else edgeTile(kc, aPanel, bPanel, alpha, beta, at, ldc, min(MR, mc - i), min(NR, nc - j), tile)
    }
  }
}
