/** @file The palette as CSS variables, so that page and charts have one source of colour. */
import { themes } from '../palette.ts'

export function themeCss(): string {
  const block = (name: 'light' | 'dark'): string => {
    const { background, surface, ink, muted, grid, inks } = themes[name]
    const colours = Object.entries(inks).map(([key, colour]) => `--${key}:${colour};`)
    return `--background:${background};--surface:${surface};--ink:${ink};--muted:${muted};--grid:${grid};${colours.join('')}color-scheme:${name};`
  }
  const inks = Object.keys(themes.light.inks).map((key) => `[data-ink="${key}"]{--own:var(--${key})}`)
  return `:root{${block('light')}}@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){${block('dark')}}}:root[data-theme="dark"]{${block('dark')}}@media print{:root:root:root{${block('light')}}}${inks.join('')}`
}
