/**
 * @file The marks of models and sources: one outline each in a 12 × 12 box, filled on the canvas and as SVG paths in the
 * legends of page and PNG. Types: marks.d.ts.
 */

const ring = (corners, radius, turn = 0) =>
  Array.from({ length: corners }, (_, k) => {
    const angle = turn + (2 * Math.PI * k) / corners
    return [6 + radius * Math.sin(angle), 6 - radius * Math.cos(angle)]
  })

/** Corners of the outlines; the circle is enough corners for any size drawn here. */
const outlines = {
  circle: ring(48, 4.6),
  triangle: [
    [6, 0.9],
    [11.2, 10],
    [0.8, 10],
  ],
  square: [
    [1.8, 1.8],
    [10.2, 1.8],
    [10.2, 10.2],
    [1.8, 10.2],
  ],
  diamond: [
    [6, 0.2],
    [11.8, 6],
    [6, 11.8],
    [0.2, 6],
  ],
  'triangle-down': [
    [6, 11.1],
    [0.8, 2],
    [11.2, 2],
  ],
  plus: ring(4, 5.2).flatMap(([x, y], k, arms) => {
    // Each arm's end, two corners wide, then the inner corner before the next arm.
    const [nx, ny] = arms[(k + 1) % 4]
    const [dx, dy] = [((nx - 6) / 5.2) * 1.9, ((ny - 6) / 5.2) * 1.9]
    const [ex, ey] = [((x - 6) / 5.2) * 1.9, ((y - 6) / 5.2) * 1.9]
    return [
      [x - dx, y - dy],
      [x + dx, y + dy],
      [6 + dx + ex, 6 + dy + ey],
    ]
  }),
  hourglass: [
    [1.2, 0.9],
    [10.8, 0.9],
    [7.2, 6],
    [10.8, 11.1],
    [1.2, 11.1],
    [4.8, 6],
  ],
  pentagon: ring(5, 5.6),
  'triangle-right': [
    [1.6, 0.8],
    [11, 6],
    [1.6, 11.2],
  ],
  star: ring(10, 1).map(([x, y], k) => {
    const radius = k % 2 === 0 ? 6 : 2.5
    return [6 + (x - 6) * radius, 6 + (y - 6) * radius]
  }),
  cross: [
    [2.2, 3.6],
    [3.6, 2.2],
    [6, 4.6],
    [8.4, 2.2],
    [9.8, 3.6],
    [7.4, 6],
    [9.8, 8.4],
    [8.4, 9.8],
    [6, 7.4],
    [3.6, 9.8],
    [2.2, 8.4],
    [4.6, 6],
  ],
}

/** SVG paths of the marks. */
export const markPaths = Object.fromEntries(
  Object.entries(outlines).map(([shape, corners]) => [
    shape,
    `M${corners.map(([x, y]) => `${Number(x.toFixed(2))} ${Number(y.toFixed(2))}`).join('L')}Z`,
  ]),
)

/** Lays the outline of a mark around a place; `scale` 1 is 12 pixels. The caller fills or strokes it. */
export function traceMark(ctx, shape, x, y, scale) {
  ctx.beginPath()
  for (const [cx, cy] of outlines[shape]) ctx.lineTo(x + (cx - 6) * scale, y + (cy - 6) * scale)
  ctx.closePath()
}
