/** @file The kernels' surface: functions on byte pointers into the heap of tfjs-backend-wasm. */
import type { HeapMemory } from './module.ts'

/**
 * C[m, n] = alpha * op(A)[m, k] op(B)[k, n] + beta * C, float32, row-major; op transposes when its flag is set.
 * `a`, `b`, `c` are byte pointers, leading dimensions count elements. C is not read when beta is 0.
 */
export type Gemm = (
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
) => void

/** A system BLAS that can work on the heap (found by `findBlas` in blas.ts, Node only). */
export interface Blas {
  /** Short: OpenBLAS, MKL, BLIS, Accelerate, or BLAS for one that does not tell. */
  readonly name: string
  /** For people: library, version, core, threads. */
  readonly description: string
  readonly path: string
  /** null: a library that does not tell. */
  readonly threads: number | null
  /** A Gemm on pointers into this memory; it follows the memory when that grows. */
  bind(memory: HeapMemory): Gemm
}

/** Products with fewer multiply-adds or fewer rows than these are not worth a call of the BLAS. */
export interface BlasLimits {
  readonly minWork: number
  readonly minRows: number
}

/** Where a short convolution's taps lie: tap j reads x[l + firstOffset + j]; skipCentre moves offsets ≥ 0 up by one. */
export interface ConvTaps {
  readonly taps: number
  readonly firstOffset: number
  readonly skipCentre: boolean
}

/** Settings of one AdamW step; biasCorrection = 1 − β^t; gradScale multiplies the gradient first (clipping). */
export interface AdamwSettings {
  readonly lr: number
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  readonly weightDecay: number
  readonly biasCorrection1: number
  readonly biasCorrection2: number
  readonly gradScale: number
}

/** Pointers of one AdamW step, [n] each; outputs may be the inputs. */
export interface AdamwPointers {
  readonly p: number
  readonly g: number
  readonly m: number
  readonly v: number
  /** Multiplies the decay of each weight; 0: all decay alike. */
  readonly decayed: number
  readonly pOut: number
  readonly mOut: number
  readonly vOut: number
}

/** Every pointer is a byte address; all data float32 row-major but ids and targets (int32). */
export interface Kernels {
  readonly memory: HeapMemory
  /** Views of the heap; valid only until the next allocation, since the heap may grow. */
  floats(pointer: number, length: number): Float32Array
  ints(pointer: number, length: number): Int32Array
  /** malloc/free of the backend's heap. */
  alloc(bytes: number): number
  free(pointer: number): void
  /** Uses `blas` for products within the limits from now on; null goes back to wasm. */
  setBlas(blas: Blas | null, limits?: BlasLimits): void
  readonly blas: Blas | null
  /** BLAS when set and the product is worth it, else wasm. */
  readonly gemm: Gemm
  /** Always the wasm kernel. */
  readonly sgemm: Gemm

  /** y = x · rstd · gain, x [N, D]; rstd [N] is kept for backward. */
  rmsNormForward(x: number, gain: number, y: number, rstd: number, n: number, d: number, eps: number): void
  /** dx [N, D]; dgain [D] is added to. */
  rmsNormBackward(
    dy: number,
    x: number,
    gain: number,
    rstd: number,
    dx: number,
    dgain: number,
    n: number,
    d: number,
  ): void
  /** nll [N] in nats, returns Σ w·nll; weights 0 (null pointer) means ones. Throws on a target outside [0, V). */
  crossEntropyForward(
    logits: number,
    targets: number,
    weights: number,
    nll: number,
    n: number,
    v: number,
  ): number
  /** dlogits = scale · w · (softmax − onehot). Targets as checked by forward. */
  crossEntropyBackward(
    logits: number,
    targets: number,
    weights: number,
    scale: number,
    dlogits: number,
    n: number,
    v: number,
  ): void
  /** S [queries, keys] := softmax(scale · S) in place; causal: key ≤ query + queryOffset, 0 elsewhere. */
  attentionSoftmaxForward(
    s: number,
    queries: number,
    keys: number,
    scale: number,
    causal: boolean,
    queryOffset: number,
  ): void
  /** dP := dS = scale · P (dP − Σ P dP) in place. */
  attentionSoftmaxBackward(
    p: number,
    dp: number,
    queries: number,
    keys: number,
    scale: number,
    causal: boolean,
    queryOffset: number,
  ): void
  /** x [B·L, H·dh], cos/sin [maxL, dh/2], pairs (i, i + dh/2); direction −1 is the gradient. y may be x. */
  ropeForward(
    x: number,
    cos: number,
    sin: number,
    y: number,
    batch: number,
    length: number,
    heads: number,
    dh: number,
    positionOffset: number,
    direction: 1 | -1,
  ): void
  /**
   * y[l] = x[l] + Σ_j w[j] ⊙ x[l + tap j], x [B·L, D], w [W, D], for the rows from `firstRow` (0) on: y [B·(L − firstRow), D]
   * must not be x.
   */
  shortConvForward(
    x: number,
    w: number,
    y: number,
    batch: number,
    length: number,
    d: number,
    taps: ConvTaps,
    firstRow?: number,
  ): void
  /** dx [B·L, D]; dw [W, D] is added to. */
  shortConvBackward(
    dy: number,
    x: number,
    w: number,
    dx: number,
    dw: number,
    batch: number,
    length: number,
    d: number,
    taps: ConvTaps,
  ): void
  /** y = silu(a) ⊙ b. */
  swigluForward(a: number, b: number, y: number, n: number): void
  swigluBackward(dy: number, a: number, b: number, da: number, db: number, n: number): void
  /** y = max(x, 0)². */
  relu2Forward(x: number, y: number, n: number): void
  relu2Backward(dy: number, x: number, dx: number, n: number): void
  adamw(pointers: AdamwPointers, n: number, settings: AdamwSettings): void
  /** out = decay · e + (1 − decay) · p. */
  ema(e: number, p: number, out: number, n: number, decay: number): void
  sumSquares(x: number, n: number): number
  addInto(a: number, b: number, y: number, n: number): void
  /** y[n] = table[ids[n]], table [V, D]. Throws on an id outside [0, V). */
  embeddingForward(table: number, ids: number, y: number, n: number, d: number, v: number): void
  /** dtable [V, D] is added to. */
  embeddingBackward(dy: number, ids: number, dtable: number, n: number, d: number, v: number): void
  /** `count` floats from one address to another; they may overlap. */
  copyFloats(to: number, from: number, count: number): void
  /** y = exp(x) by the vector polynomial. */
  expInto(x: number, y: number, n: number): void
}
