/** @file Philox4x32-10, one block of four 32-bit words. */

const mul0 = 0xd2511f53
const mul1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85

/** High 32 bits of a 32×32-bit product. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const low = aLow * bLow
  const middle = aHigh * bLow + (low >>> 16)
  const cross = aLow * bHigh + (middle & 0xffff)
  return (
    (aHigh * bHigh +
      Math.floor(middle / 65536) +
      (cross > 0xffffffff ? Math.floor(cross / 65536) : cross >>> 16)) >>>
    0
  )
}

/** Writes philox4x32-10(counter, key) into `out`. Known answers: the Random123 distribution's kat_vectors. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(mul0, c0)
    const low0 = Math.imul(mul0, c0)
    const high1 = mulHigh(mul1, c2)
    const low1 = Math.imul(mul1, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + weyl0) >>> 0
    k1 = (k1 + weyl1) >>> 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}
