/**
 * @file One colour a paradigm everywhere. The hues are from Okabe and Ito, "Color Universal Design" (2008), told apart
 * with any colour vision and, by their lightness, in grey print; the dark theme lifts their lightness.
 */
import { type Paradigm, paradigms, paradigmTable } from '@trivium/schema'
import type { Role } from './figure.ts'

export interface Theme {
  name: 'light' | 'dark'
  background: string
  surface: string
  ink: string
  muted: string
  grid: string
  roles: Record<Role, string>
}

export const themes: Record<'light' | 'dark', Theme> = {
  light: {
    name: 'light',
    background: '#fbfaf7',
    surface: '#ffffff',
    ink: '#1d2126',
    muted: '#5d646d',
    grid: '#e8e6e0',
    roles: {
      autoregressive: '#0072b2',
      'masked-diffusion': '#c8500a',
      'continuous-diffusion': '#007f5f',
      'held-out': '#1d2126',
      control: '#8a8f96',
      guide: '#8a8f96',
    },
  },
  dark: {
    name: 'dark',
    background: '#14171b',
    surface: '#1b1f25',
    ink: '#e9e7e2',
    muted: '#a3a9b1',
    grid: '#2d333b',
    roles: {
      autoregressive: '#56b4e9',
      'masked-diffusion': '#f0894a',
      'continuous-diffusion': '#2fbf95',
      'held-out': '#e9e7e2',
      control: '#8b929b',
      guide: '#8b929b',
    },
  },
}

export const paradigmLabels: Readonly<Record<Paradigm, string>> = Object.fromEntries(
  paradigms.map((paradigm) => [paradigm, paradigmTable[paradigm].label]),
) as Record<Paradigm, string>
