/** @file A stable 64-bit hash in plain JavaScript, for telling tokenizers apart (not for security). */

/** 16 hexadecimal digits: two lanes of xor-multiply over UTF-16 units with a final avalanche, in the manner of MurmurHash3. */
export function fingerprint(text: string): string {
  let a = 0x9e3779b9 ^ text.length
  let b = 0x85ebca6b
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5f356495)
    // Rotations carry high bits down; a plain multiply only ever moves them up.
    a = (a << 13) | (a >>> 19)
    b = (b << 17) | (b >>> 15)
  }
  return hex(avalanche(a ^ b)) + hex(avalanche(b + Math.imul(a, 0xc2b2ae35)))
}

function avalanche(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
