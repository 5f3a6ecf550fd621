/**
 * @file Shades of one hue stay apart for every colour vision and in grey, and all inks stand out from the ground.
 * Colour vision: matrices of Machado, Oliveira and Fernandes (2009) at severity 1; distances in Oklab (Ottosson, 2020).
 */
import { paradigms } from '@trivium/schema'
import { expect, test } from 'vitest'
import { shadeCount, type Theme, themes } from './palette.ts'

type Rgb = [number, number, number]

const linear = (hex: string): Rgb =>
  [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as Rgb

const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b

const contrast = (a: string, b: string): number => {
  const [high, low] = [a, b].map((hex) => luminance(linear(hex))).sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const apply = (matrix: number[][], [r, g, b]: Rgb): Rgb =>
  matrix.map((row) => Math.min(1, Math.max(0, row[0] * r + row[1] * g + row[2] * b))) as Rgb

const visions: Record<string, (c: Rgb) => Rgb> = {
  normal: (c) => c,
  protanopia: (c) =>
    apply(
      [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
      ],
      c,
    ),
  deuteranopia: (c) =>
    apply(
      [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
      ],
      c,
    ),
  tritanopia: (c) =>
    apply(
      [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
      ],
      c,
    ),
  'grey print': (c) => [luminance(c), luminance(c), luminance(c)],
}

function oklab([r, g, b]: Rgb): number[] {
  const [l, m, s] = [
    0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
    0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
    0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
  ].map(Math.cbrt)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

const distance = (a: string, b: string, see: (c: Rgb) => Rgb): number =>
  Math.hypot(...oklab(see(linear(a))).map((v, i) => v - oklab(see(linear(b)))[i]))

const shadesOf = (theme: Theme, paradigm: (typeof paradigms)[number]): string[] =>
  Array.from({ length: shadeCount }, (_, i) => theme.inks[`${paradigm}-${i}`])

const pairsOf = <T>(list: readonly T[]): [T, T][] =>
  list.flatMap((a, i) => list.slice(i + 1).map((b): [T, T] => [a, b]))

test.each(Object.values(themes))('$name: every ink has the contrast of a graphical object (3:1)', (theme) => {
  for (const [ink, colour] of Object.entries(theme.inks))
    expect(contrast(colour, theme.surface), ink).toBeGreaterThanOrEqual(3)
})

test.each(Object.entries(visions))(
  '%s tells the shades of a paradigm apart, the first three easily',
  (_, see) => {
    for (const theme of Object.values(themes))
      for (const paradigm of paradigms) {
        const shades = shadesOf(theme, paradigm)
        for (const [a, b] of pairsOf(shades)) expect(distance(a, b, see), `${a} ${b}`).toBeGreaterThan(0.04)
        for (const [a, b] of pairsOf(shades.slice(0, 3)))
          expect(distance(a, b, see), `${a} ${b}`).toBeGreaterThan(0.075)
      }
  },
)

test('two paradigms are told apart by any colour vision; in grey their marks tell', () => {
  const { 'grey print': _, tritanopia: rare, ...common } = visions
  for (const theme of Object.values(themes)) {
    const plain = paradigms.map((p) => theme.inks[`${p}-0`])
    for (const [a, b] of pairsOf(plain)) {
      for (const see of Object.values(common)) expect(distance(a, b, see)).toBeGreaterThan(0.08)
      expect(distance(a, b, rare)).toBeGreaterThan(0.02)
    }
  }
})
