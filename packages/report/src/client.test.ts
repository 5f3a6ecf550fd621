/** @file What the page does without a browser: views of a panel, LaTeX, and the context that writes SVG. */
import { createCanvas } from '@napi-rs/canvas'
import { expect, test } from 'vitest'
import { escapeLatex, latexOf } from '#client/latex.js'
import { svgContext } from '#client/svg.js'
import { allowsLog, viewOf, zoomed } from '#client/view.js'
import type { XYPanel } from './figure.ts'
import { figures } from './figures.ts'
import { madeUp } from './testing/fixture.ts'

const panel = figures(madeUp([{ label: 'm', paradigm: 'masked-diffusion' }]))[0].panels[0] as XYPanel

test('another scale shows every point, with ticks inside', () => {
  expect(viewOf(panel, {})).toEqual(panel)
  for (const scale of ['log', 'linear'] as const) {
    const { x, y } = viewOf(panel, { x: { scale }, y: { scale } })
    for (const [axis, name] of [
      [x, 'x'],
      [y, 'y'],
    ] as const) {
      expect(axis.scale).toBe(scale)
      for (const { points } of panel.series)
        for (const point of points) {
          expect(point[name]).toBeGreaterThanOrEqual(axis.min)
          expect(point[name]).toBeLessThanOrEqual(axis.max)
        }
      expect(axis.ticks.length).toBeGreaterThan(1)
      expect(axis.ticks.every((t) => t >= axis.min && t <= axis.max)).toBe(true)
    }
  }
})

test('a zoom keeps its place in view and stays inside the whole', () => {
  const at = panel.series[0].points[1]
  const near = zoomed(panel, {}, at, 0.5)
  const shown = viewOf(panel, near)
  for (const name of ['x', 'y'] as const) {
    expect(shown[name].min).toBeLessThanOrEqual(at[name])
    expect(shown[name].max).toBeGreaterThanOrEqual(at[name])
    expect(shown[name].max - shown[name].min).toBeLessThan(panel[name].max - panel[name].min)
    expect(shown[name].ticks.length).toBeGreaterThan(1)
  }
  const far = viewOf(panel, zoomed(panel, near, at, 100))
  expect([far.x.min, far.x.max]).toEqual([panel.x.min, panel.x.max])
})

test('zero has no place on a log scale', () => {
  expect(allowsLog(panel, 'y')).toBe(true)
  const zero = structuredClone(panel)
  zero.series[0].points[0].y = 0
  expect(allowsLog(zero, 'y')).toBe(false)
})

test('names cannot become LaTeX', () => {
  expect(escapeLatex('50 % & #1_a \\end{x} τ=0.9')).toBe(
    '50 \\% \\& \\#1\\_a \\textbackslash{}end\\{x\\} $\\tau$=0.9',
  )
  const row = (...cells: string[]) => ({
    cells: cells.map((textContent) => ({ childNodes: [{ textContent }] })),
  })
  expect(latexOf({ rows: [row('model', 'bits'), row('a_b', '1.2')] })).toBe(
    '\\begin{tabular}{lr}\n\\toprule\nmodel & bits \\\\\n\\midrule\na\\_b & 1.2 \\\\\n\\bottomrule\n\\end{tabular}\n',
  )
})

test('the SVG context draws where a canvas would', () => {
  const ctx = svgContext(createCanvas(8, 8).getContext('2d'), 'a') as ReturnType<typeof svgContext> &
    CanvasLike
  ctx.save()
  ctx.translate(10, 20)
  ctx.scale(2, 2)
  ctx.fillStyle = '#f00'
  ctx.fillRect(0, 0, 3, 4)
  ctx.restore()
  ctx.fillText('a < b & c', 1, 2)
  expect(ctx.markup()).toBe(
    '<path d="M10 20L16 20L16 28L10 28Z" fill="#f00"/><text x="1" y="2" style="font:12px sans-serif" fill="#000">a &lt; b &amp; c</text>',
  )
})

interface CanvasLike {
  fillStyle: string
  save(): void
  restore(): void
  translate(x: number, y: number): void
  scale(x: number, y: number): void
  fillRect(x: number, y: number, width: number, height: number): void
  fillText(text: string, x: number, y: number): void
}
