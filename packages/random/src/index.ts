/**
 * @file Counter-based random numbers (Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * A number is a pure function of (key, counter), never of call order: row i of a batch does not depend on its
 * neighbours, and a resumed run draws what the uninterrupted one would have drawn.
 */
import { philox } from './philox.ts'
import { openUniform } from './uniform.ts'

/** A stream of random numbers. All draws are pure: the same index gives the same number. */
export interface Rng {
  /** A statistically independent stream for these labels, e.g. `rng.fork('sample', row, step)`. */
  fork(...labels: (number | string)[]): Rng
  /** Unsigned 32-bit integers number `offset` … `offset + n - 1` of the stream. */
  uint32s(n: number, offset?: number): Uint32Array
  /** Doubles in the open interval (0, 1), 53 bits each: log(u) and log(1-u) are finite. */
  uniforms(n: number, offset?: number): Float64Array
  /** The double number `index` in (0, 1). */
  uniform(index?: number): number
  /** Standard normal doubles (Box–Muller). */
  normals(n: number, offset?: number): Float64Array
  /** A uniform integer in [0, bound). */
  integer(bound: number, index?: number): number
  /** A uniformly random order of 0 … n-1 (Fisher–Yates). */
  permutation(n: number): Uint32Array
}

/** The root stream of a seed (a non-negative safe integer). */
export function createRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed ${seed} is not a non-negative integer; pass one such as 1`)
  return stream(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0)
}

function stream(key0: number, key1: number): Rng {
  const block = new Uint32Array(4)

  const fill = (n: number, offset: number): Uint32Array => {
    const out = new Uint32Array(n)
    let have = -1
    for (let i = 0; i < n; i++) {
      const index = offset + i
      const counter = Math.floor(index / 4)
      if (counter !== have) {
        philox(counter >>> 0, Math.floor(counter / 2 ** 32) >>> 0, 0, 0, key0, key1, block)
        have = counter
      }
      out[i] = block[index % 4]
    }
    return out
  }

  const uniforms = (n: number, offset = 0): Float64Array => {
    const words = fill(2 * n, 2 * offset)
    const out = new Float64Array(n)
    for (let i = 0; i < n; i++) out[i] = openUniform(words[2 * i], words[2 * i + 1])
    return out
  }

  const rng: Rng = {
    fork(...labels) {
      let a = key0
      let b = key1
      for (const label of labels) {
        const [low, high] = labelWords(label)
        // Counter word 3 = 1 keeps derived keys apart from drawn numbers.
        philox(low, high, typeof label === 'string' ? 1 : 0, 1, a, b, block)
        a = block[0]
        b = block[1]
      }
      return stream(a, b)
    },
    uint32s: (n, offset = 0) => fill(n, offset),
    uniforms,
    uniform: (index = 0) => uniforms(1, index)[0],
    normals(n, offset = 0) {
      const out = new Float64Array(n)
      const first = offset - (offset % 2)
      const u = uniforms(n + 2 + (offset % 2), first)
      for (let i = 0; i < n; i++) {
        const index = offset + i - first
        const even = index - (index % 2)
        const radius = Math.sqrt(-2 * Math.log(u[even]))
        const angle = 2 * Math.PI * u[even + 1]
        out[i] = index % 2 === 0 ? radius * Math.cos(angle) : radius * Math.sin(angle)
      }
      return out
    },
    integer: (bound, index = 0) => Math.floor(uniforms(1, index)[0] * bound),
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i)
      const u = uniforms(n)
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(u[i] * (i + 1))
        const held = order[i]
        order[i] = order[j]
        order[j] = held
      }
      return order
    },
  }
  return rng
}

/** Two words for a label: a number's low and high part, or FNV-1a of a string under two offsets. */
function labelWords(label: number | string): [number, number] {
  if (typeof label === 'number') return [label >>> 0, Math.floor(label / 2 ** 32) >>> 0]
  let low = 0x811c9dc5
  let high = 0x01000193
  for (let i = 0; i < label.length; i++) {
    low = Math.imul(low ^ label.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ label.charCodeAt(i), 0x85ebca6b)
  }
  return [low >>> 0, high >>> 0]
}
