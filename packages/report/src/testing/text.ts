/** @file Invented texts and traces for the tests of this package. */
import type { Point, TraceRecord } from '@trivium/schema'

const words =
  'the congress of our united states and people have been with great peace under constitution national duty public men free government year commerce union power country service law treasury act just nation'.split(
    ' ',
  )

/** A fixed pseudo-random number in [0, 1) for a list of numbers. */
export function hash(...xs: number[]): number {
  const s = Math.sin(xs.reduce((a, x, i) => a + x * (12.9898 + 7.233 * i), 1)) * 43758.5453
  return s - Math.floor(s)
}

export function fakeText(length: number, noise: number, seed: number): string {
  let text = ''
  for (let i = 0; text.length < length; i++) text += `${words[Math.floor(hash(i, seed) * words.length)]} `
  const letters = 'abcdefghijklmnopqrstuvwxyz '
  return Array.from(text.slice(0, length))
    .map((c, i) => (hash(i, seed, 7) < noise ? letters[Math.floor(hash(i, seed, 9) * 27)] : c))
    .join('')
}

export function trace(p: Point, seed: number): TraceRecord[] {
  const text = [...fakeText(128, 0.1, seed)]
  const frames = Math.round(p.nfe)
  const diffusion = p.samplerLabel === 'ddim'
  let before: string[] = text.map(() => '<mask>')
  return Array.from({ length: frames }, (_, k) => {
    const share = (k + 1) / frames
    const shown = text.map((c, i) => {
      const open = p.samplerLabel === 'ar' ? i / 128 < share : hash(i, seed) < share || k === frames - 1
      return open ? c : diffusion ? 'etaoinshr '[Math.floor(hash(i, k, seed) * 10)] : '<mask>'
    })
    const changed = shown.flatMap((c, i) => (c !== before[i] ? [i] : []))
    before = shown
    return {
      step: k + 1,
      forwards: k + 1,
      tMs: (k + 1) * (p.samplerLabel === 'ar' ? 2.1 : 4.5),
      text: shown,
      committed: changed,
      changed,
      confidence: shown.map((_, i) => Math.min(1, 0.3 + 0.7 * share * hash(i, seed))),
    }
  })
}
