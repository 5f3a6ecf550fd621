/**
 * @file Colours: one hue a paradigm, one shade a model. The hues are from Okabe and Ito, "Color Universal Design" (2008);
 * within a hue the shades differ in lightness, which every colour vision and grey print keep. Across hues lightness
 * repeats: there the mark tells (members.ts).
 */
import type { Paradigm } from '@trivium/schema'
import type { Ink } from './figure.ts'

export interface Theme {
  name: 'light' | 'dark'
  background: string
  surface: string
  ink: string
  muted: string
  grid: string
  /** `#rrggbb` of every ink. */
  inks: Record<Ink, string>
}

/** Shades of one hue. A sixth model of a paradigm begins them again, with another dash. */
export const shadeCount = 5

/** In the order in which models get them: the plain hue, then as far from those before as may be. */
const lightShades: Record<Paradigm, string[]> = {
  autoregressive: ['#0072b2', '#08348a', '#059dcb', '#0152a2', '#0487bd'],
  'masked-diffusion': ['#c8500a', '#6e0118', '#d37e07', '#af2f02', '#940308'],
  'continuous-diffusion': ['#007f5f', '#01453a', '#65a150', '#04614d', '#348f4f'],
}
const darkShades: Record<Paradigm, string[]> = {
  autoregressive: ['#56b4e9', '#aaeafe', '#4477c3', '#63d4fe', '#4a94db'],
  'masked-diffusion': ['#f0894a', '#fed2a0', '#c34a35', '#feb16a', '#de673b'],
  'continuous-diffusion': ['#2fbf95', '#8ffdb8', '#09856e', '#6adfa1', '#01a081'],
}

const inksOf = (shades: Record<Paradigm, string[]>, ink: string, grey: string): Record<Ink, string> => ({
  ...Object.fromEntries(
    Object.entries(shades).flatMap(([paradigm, list]) => list.map((c, i) => [`${paradigm}-${i}`, c])),
  ),
  'held-out': ink,
  control: grey,
  guide: grey,
})

export const themes: Record<'light' | 'dark', Theme> = {
  light: {
    name: 'light',
    background: '#fbfaf7',
    surface: '#ffffff',
    ink: '#1d2126',
    muted: '#5d646d',
    grid: '#e8e6e0',
    inks: inksOf(lightShades, '#1d2126', '#767c84'),
  },
  dark: {
    name: 'dark',
    background: '#14171b',
    surface: '#1b1f25',
    ink: '#e9e7e2',
    muted: '#a3a9b1',
    grid: '#2d333b',
    inks: inksOf(darkShades, '#e9e7e2', '#8b929b'),
  },
}
