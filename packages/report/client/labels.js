/** @file Data labels beside the marks: the first of six places that is free, else none. */
import { letters } from './paint.js'

const height = 12

/** Boxes are [left, top, right, bottom]. */
const meet = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]

export function labelsPlugin(look) {
  return {
    id: 'labels',
    afterDatasetsDraw(chart) {
      const { ctx } = chart
      ctx.save()
      ctx.font = `11px ${look.font}`
      ctx.textBaseline = 'middle'
      ctx.textAlign = 'left'
      ctx.lineWidth = 3
      ctx.lineJoin = 'round'
      ctx.strokeStyle = look.theme.surface
      for (const { text, ink, box } of placed(chart, marksOf(chart))) {
        const y = (box[1] + box[3]) / 2
        ctx.strokeText(text, box[0], y)
        ctx.fillStyle = letters(look.theme, ink)
        ctx.fillText(text, box[0], y)
      }
      ctx.restore()
    },
  }
}

function marksOf(chart) {
  return chart.data.datasets.flatMap((set, i) =>
    set.spec.join === 'steps' || !chart.isDatasetVisible(i)
      ? []
      : chart.getDatasetMeta(i).data.map(({ x, y }, k) => ({
          x,
          y,
          text: set.data[k].spec.label,
          ink: set.spec.ink,
        })),
  )
}

function placed(chart, marks) {
  const { ctx, chartArea: area } = chart
  const taken = marks.map(({ x, y }) => [x - 5, y - 5, x + 5, y + 5])
  return marks.flatMap(({ x, y, text, ink }) => {
    if (text === null) return []
    const width = ctx.measureText(text).width
    const places = [
      [8, -9],
      [8, 9],
      [-width - 8, -9],
      [-width - 8, 9],
      [-width / 2, -15],
      [-width / 2, 15],
    ]
    const box = places
      .map(([dx, dy]) => [x + dx, y + dy - height / 2, x + dx + width, y + dy + height / 2])
      .filter((b) => b[0] >= area.left && b[2] <= chart.width && b[1] >= area.top - 8 && b[3] <= area.bottom)
      // Names of guides stand right of the plot: only what needs no room there may pass its edge.
      .filter((b) => b[2] <= area.right + 4 || chart.width - area.right < 20)
      .find((b) => !taken.some((t) => meet(b, t)))
    if (box === undefined) return []
    taken.push(box)
    return [{ text, ink, box }]
  })
}
