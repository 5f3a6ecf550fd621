/**
 * @file The one Chart.js configuration builder: the page runs it in the browser, `png.ts` runs it in Node, so the
 * interactive chart and the printed one cannot differ. Plain JavaScript without imports, because the page inlines
 * this very text. Types: charts.d.ts.
 */

/** SVG paths of the marks in a 12 × 12 box, for the legends of page and PNG. */
export const markPaths = {
  circle: 'M6 2a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z',
  triangle: 'M6 1.6L10.6 9.8H1.4Z',
  rect: 'M2.4 2.4h7.2v7.2h-7.2Z',
  rectRot: 'M6 1L11 6L6 11L1 6Z',
  star: 'M6 0.6L7.5 4.2L11.4 4.5L8.4 7L9.4 10.8L6 8.7L2.6 10.8L3.6 7L0.6 4.5L4.5 4.2Z',
  crossRot: 'M2.2 3.6L3.6 2.2L6 4.6L8.4 2.2L9.8 3.6L7.4 6L9.8 8.4L8.4 9.8L6 7.4L3.6 9.8L2.2 8.4L4.6 6Z',
}

/** '#rrggbb' with an opacity. */
function withAlpha(hex, alpha) {
  const n = Number.parseInt(hex.slice(1), 16)
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${alpha})`
}

/** A tick of an axis: 0.25, 64, 2k, 1.5M. */
function tickText(value) {
  const size = Math.abs(value)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`
  return String(Number(value.toPrecision(4)))
}

/** A Chart.js configuration for one panel. `look`: { theme, font, animate }. */
export function chartConfig(panel, look) {
  return panel.kind === 'bars' ? barConfig(panel, look) : xyConfig(panel, look)
}

function commonOptions(panel, look) {
  return {
    responsive: look.animate,
    maintainAspectRatio: false,
    animation: look.animate ? { duration: 250 } : false,
    devicePixelRatio: look.animate ? undefined : 2,
    // The right margin holds the names of the horizontal guides.
    layout: {
      padding: ({ chart }) => ({
        top: topMargin(panel),
        right: rightMargin(panel, look, chart),
        bottom: 0,
        left: 2,
      }),
    },
    plugins: {
      legend: { display: false },
      title: { display: false },
      tooltip: {
        backgroundColor: look.theme.ink,
        titleColor: look.theme.surface,
        bodyColor: look.theme.surface,
        titleFont: { family: look.font, size: 12, weight: 600 },
        bodyFont: { family: look.font, size: 12 },
        padding: 10,
        displayColors: false,
      },
    },
  }
}

function topMargin(panel) {
  return panel.guides.some((g) => g.axis === 'x') ? 18 : 8
}

function rightMargin(panel, look, chart) {
  if (panel.kind === 'bars') return 16
  const names = panel.guides.filter((g) => g.axis === 'y').map((g) => `\u2191 ${g.label}`)
  if (names.length === 0) return 14
  chart.ctx.save()
  chart.ctx.font = `11px ${look.font}`
  const widest = Math.max(...names.map((name) => chart.ctx.measureText(name).width))
  chart.ctx.restore()
  return Math.min(chart.width / 2, widest + 9)
}

function axisOptions(axis, look, onX) {
  const { theme, font } = look
  return {
    type: axis.scale === 'log' ? 'logarithmic' : 'linear',
    min: axis.min,
    max: axis.max,
    title: {
      display: axis.label !== '',
      text: axis.label,
      color: theme.muted,
      font: { family: font, size: 12 },
    },
    border: { color: theme.muted, display: onX },
    grid: { color: theme.grid, drawTicks: onX, tickLength: 5, tickColor: theme.muted, display: !onX },
    ticks: {
      color: theme.muted,
      font: { family: font, size: 11.5 },
      padding: onX ? 3 : 7,
      autoSkip: onX,
      maxRotation: 0,
      callback: (value) => tickText(value),
    },
    afterBuildTicks: (scale) => {
      scale.ticks = axis.ticks.map((value) => ({ value }))
    },
  }
}

function xyConfig(panel, look) {
  const common = commonOptions(panel, look)
  common.plugins.tooltip.callbacks = {
    title: (items) => items[0]?.dataset.label ?? '',
    label: (item) => {
      const point = item.raw.spec
      const between =
        point.interval === null ? '' : ` [${tickText(point.interval[0])}, ${tickText(point.interval[1])}]`
      return [`${panel.title}: ${tickText(point.y)}${between}`, ...point.note]
    },
  }
  common.plugins.tooltip.filter = (item) => item.dataset.spec.join !== 'steps'
  return {
    type: 'line',
    data: { datasets: panel.series.map((series) => dataset(series, look.theme)) },
    options: {
      ...common,
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearest', intersect: false },
      scales: { x: axisOptions(panel.x, look, true), y: axisOptions(panel.y, look, false) },
    },
    plugins: [
      guidesPlugin(panel, look),
      whiskersPlugin(look),
      starsPlugin(look),
      pointLabelsPlugin(panel, look),
    ],
  }
}

function dataset(series, theme) {
  const colour = theme.roles[series.role]
  const stroke = series.quiet ? withAlpha(colour, 0.8) : colour
  const staircase = series.join === 'steps'
  const dense = series.points.length > 40
  const mark = series.shape === 'crossRot' || series.shape === 'star'
  return {
    label: series.label,
    spec: series,
    data: series.points.map((p) => ({ x: p.x, y: p.y, spec: p })),
    showLine: series.join !== 'none',
    stepped: staircase ? 'before' : false,
    borderColor: staircase ? withAlpha(theme.muted, 0.55) : stroke,
    // Dashes on a dense, noisy curve would read as gaps.
    borderWidth: staircase ? 1.5 : dense ? 1.25 : 2,
    borderDash: series.quiet && !staircase && !dense ? [6, 4] : [],
    pointStyle: series.shape,
    pointRadius: staircase || dense || series.shape === 'star' ? 0 : 4.5,
    pointHoverRadius: staircase ? 0 : 6.5,
    pointHitRadius: staircase ? 0 : 12,
    pointBackgroundColor: series.points.map((p) => (p.hollow ? theme.surface : stroke)),
    pointBorderColor: mark || series.points.some((p) => p.hollow) ? stroke : theme.surface,
    pointBorderWidth: mark ? 2 : series.points.map((p) => (p.hollow ? 1.75 : 1)),
    order: staircase ? 10 : 1,
    clip: 8,
  }
}

/** Reference lines with their names in the margin; a value off the axis is named at the edge with an arrow. */
function guidesPlugin(panel, look) {
  const { theme, font } = look
  return {
    id: 'guides',
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart
      ctx.save()
      for (const guide of panel.guides) {
        const scale = scales[guide.axis]
        if (guide.value < scale.min || guide.value > scale.max) continue
        const colour = theme.roles[guide.role]
        const at = Math.round(scale.getPixelForValue(guide.value)) + 0.5
        if (guide.band !== null && guide.axis === 'y') {
          const clamp = (v) => Math.min(area.bottom, Math.max(area.top, scale.getPixelForValue(v)))
          ctx.fillStyle = withAlpha(colour, 0.12)
          ctx.fillRect(
            area.left,
            clamp(guide.band[1]),
            area.width,
            clamp(guide.band[0]) - clamp(guide.band[1]),
          )
        }
        ctx.strokeStyle =
          guide.role === 'control' || guide.role === 'guide' ? withAlpha(colour, 0.85) : colour
        ctx.lineWidth = guide.dashed ? 1 : 1.5
        ctx.setLineDash(guide.dashed ? (guide.role === 'autoregressive' ? [5, 4] : [2, 3]) : [])
        ctx.beginPath()
        if (guide.axis === 'y') {
          ctx.moveTo(area.left, at)
          ctx.lineTo(area.right, at)
        } else {
          ctx.moveTo(at, area.top)
          ctx.lineTo(at, area.bottom)
        }
        ctx.stroke()
      }
      ctx.restore()
    },
    afterDatasetsDraw(chart) {
      const { ctx } = chart
      ctx.save()
      ctx.font = `11px ${font}`
      nameRows(chart, panel, theme)
      nameColumns(chart, panel, theme)
      ctx.restore()
    },
  }
}

/** Names of the horizontal guides in the right margin, pushed apart so that none covers another. */
function nameRows(chart, panel, theme) {
  const { ctx, chartArea: area, scales } = chart
  const height = 14
  const names = panel.guides
    .filter((g) => g.axis === 'y')
    .map((g) => {
      const arrow = g.value > scales.y.max ? '\u2191 ' : g.value < scales.y.min ? '\u2193 ' : ''
      const at = Math.min(area.bottom, Math.max(area.top, scales.y.getPixelForValue(g.value)))
      return { text: arrow + g.label, at, colour: theme.roles[g.role], value: g.value }
    })
    .sort((a, b) => b.value - a.value)
  for (let i = 1; i < names.length; i++) names[i].at = Math.max(names[i].at, names[i - 1].at + height)
  for (let i = names.length - 1; i >= 0; i--) {
    const limit = i === names.length - 1 ? area.bottom : names[i + 1].at - height
    names[i].at = Math.min(names[i].at, limit)
  }
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  for (const name of names) {
    ctx.fillStyle = name.colour
    ctx.fillText(name.text, area.right + 7, name.at)
  }
}

/** Names of the vertical guides above the panel; one that would touch its neighbour is left out. */
function nameColumns(chart, panel, theme) {
  const { ctx, chartArea: area, scales } = chart
  const guides = panel.guides.filter(
    (g) => g.axis === 'x' && g.value >= scales.x.min && g.value <= scales.x.max,
  )
  let edge = Number.NEGATIVE_INFINITY
  ctx.textAlign = 'center'
  ctx.textBaseline = 'alphabetic'
  for (const guide of guides.toSorted((a, b) => a.value - b.value)) {
    const half = ctx.measureText(guide.label).width / 2
    const at = Math.min(chart.width - half - 2, scales.x.getPixelForValue(guide.value))
    if (at - half < edge + 5) continue
    edge = at + half
    ctx.fillStyle = theme.roles[guide.role]
    ctx.fillText(guide.label, at, area.top - 6)
  }
}

/** 95 % intervals (vertical) and p50–p90 (horizontal). */
function whiskersPlugin(look) {
  return {
    id: 'whiskers',
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart
      ctx.save()
      ctx.beginPath()
      ctx.rect(area.left - 6, area.top - 6, area.width + 12, area.height + 12)
      ctx.clip()
      chart.data.datasets.forEach((set, i) => {
        if (!chart.isDatasetVisible(i)) return
        ctx.strokeStyle = withAlpha(look.theme.roles[set.spec.role], 0.6)
        ctx.lineWidth = 1.25
        for (const { spec } of set.data) {
          const [x, y] = [scales.x.getPixelForValue(spec.x), scales.y.getPixelForValue(spec.y)]
          if (spec.interval !== null)
            whisker(
              ctx,
              x,
              scales.y.getPixelForValue(spec.interval[0]),
              x,
              scales.y.getPixelForValue(spec.interval[1]),
            )
          if (spec.xHigh !== null) whisker(ctx, x, y, scales.x.getPixelForValue(spec.xHigh), y)
        }
      })
      ctx.restore()
    },
  }
}

function whisker(ctx, x0, y0, x1, y1) {
  const [dx, dy] = x0 === x1 ? [3, 0] : [0, 3]
  ctx.beginPath()
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.moveTo(x1 - dx, y1 - dy)
  ctx.lineTo(x1 + dx, y1 + dy)
  if (dx > 0) {
    ctx.moveTo(x0 - dx, y0)
    ctx.lineTo(x0 + dx, y0)
  }
  ctx.stroke()
}

/** Five-pointed stars for held-out text (Chart.js calls an asterisk a star). */
function starsPlugin(look) {
  return {
    id: 'stars',
    afterDatasetsDraw(chart) {
      const { ctx } = chart
      ctx.save()
      chart.data.datasets.forEach((set, i) => {
        if (set.spec.shape !== 'star') return
        ctx.fillStyle = look.theme.roles[set.spec.role]
        for (const { x, y } of chart.getDatasetMeta(i).data) {
          ctx.beginPath()
          for (let k = 0; k < 10; k++) {
            const [radius, angle] = [k % 2 === 0 ? 9 : 3.8, (k * Math.PI) / 5]
            ctx.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle))
          }
          ctx.closePath()
          ctx.fill()
        }
      })
      ctx.restore()
    },
  }
}

/** Data labels beside the marks: the first of four places that is free, else none. */
function pointLabelsPlugin(panel, look) {
  const { theme, font } = look
  return {
    id: 'pointLabels',
    afterDatasetsDraw(chart) {
      const { ctx, chartArea: area } = chart
      ctx.save()
      ctx.font = `11px ${font}`
      ctx.textBaseline = 'middle'
      ctx.textAlign = 'left'
      const named = panel.guides.some((g) => g.axis === 'y')
      const limit = named ? area.right + 4 : chart.width
      const marks = chart.data.datasets.flatMap((set, i) =>
        set.spec.join === 'steps' || !chart.isDatasetVisible(i)
          ? []
          : chart.getDatasetMeta(i).data.map((e, k) => ({ e, spec: set.data[k].spec, role: set.spec.role })),
      )
      const taken = marks.map(({ e }) => [e.x - 5, e.y - 5, e.x + 5, e.y + 5])
      for (const { e, spec, role } of marks) {
        if (spec.label === null) continue
        const width = ctx.measureText(spec.label).width
        const places = [
          [8, -9],
          [8, 9],
          [-width - 8, -9],
          [-width - 8, 9],
          [-width / 2, -15],
          [-width / 2, 15],
        ]
        for (const [dx, dy] of places) {
          const box = [e.x + dx, e.y + dy - 6, e.x + dx + width, e.y + dy + 6]
          if (box[0] < area.left || box[2] > limit || box[1] < area.top - 8 || box[3] > area.bottom) continue
          if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue
          taken.push(box)
          ctx.strokeStyle = theme.surface
          ctx.lineWidth = 3
          ctx.lineJoin = 'round'
          ctx.strokeText(spec.label, box[0], e.y + dy)
          ctx.fillStyle = theme.roles[role]
          ctx.fillText(spec.label, box[0], e.y + dy)
          break
        }
      }
      ctx.restore()
    },
  }
}

function barConfig(panel, look) {
  const { theme, font } = look
  const common = commonOptions(panel, look)
  const depth = Math.max(...panel.bars.map((b) => b.parts.length))
  common.plugins.tooltip.callbacks = {
    title: (items) => panel.bars[items[0]?.dataIndex ?? 0].label,
    label: (item) => {
      const bar = panel.bars[item.dataIndex]
      const part = bar.parts[item.datasetIndex]
      const named = bar.parts.length > 1 ? [`${part.label}: ${tickText(part.value)}`] : []
      return [`${bar.text} bits per character`, ...named, ...bar.note]
    },
  }
  return {
    type: 'bar',
    data: {
      labels: panel.bars.map((b) => b.label),
      datasets: Array.from({ length: depth }, (_, k) => ({
        label: `part ${k + 1}`,
        data: panel.bars.map((b) => b.parts[k]?.value ?? null),
        backgroundColor: panel.bars.map((b) =>
          withAlpha(theme.roles[b.role], (b.bound ? 0.3 : b.quiet ? 0.7 : 0.92) / (1 + 0.5 * k)),
        ),
        borderColor: panel.bars.map((b) => theme.roles[b.role]),
        borderWidth: 1,
        borderSkipped: false,
        stack: 'value',
        maxBarThickness: 34,
        categoryPercentage: 0.8,
        barPercentage: 0.85,
      })),
    },
    options: {
      ...common,
      indexAxis: 'y',
      scales: {
        x: { ...axisOptions(panel.x, look, true), stacked: true },
        y: {
          stacked: true,
          border: { display: false },
          grid: { display: false },
          ticks: {
            color: theme.ink,
            font: { family: font, size: 12.5 },
            callback: (_, i) => wrap(panel.bars[i].label),
          },
        },
      },
    },
    plugins: [guidesPlugin(panel, look), barMarksPlugin(panel, look)],
  }
}

/** Two lines for a long name. */
function wrap(label) {
  const words = label.split(' ')
  if (label.length < 14 || words.length === 1) return label
  const half = Math.ceil(words.length / 2)
  return [words.slice(0, half).join(' '), words.slice(half).join(' ')]
}

/** Hatching for bounds, whiskers, the number at the end of each bar, the names of the parts. */
function barMarksPlugin(panel, look) {
  const { theme, font } = look
  return {
    id: 'barMarks',
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart
      ctx.save()
      panel.bars.forEach((bar, i) => {
        const colour = theme.roles[bar.role]
        const first = chart.getDatasetMeta(0).data[i]
        const [top, height] = [first.y - first.height / 2, first.height]
        const [left, right] = [scales.x.getPixelForValue(0), scales.x.getPixelForValue(bar.value)]
        if (bar.bound) hatch(ctx, left, top, right - left, height, colour)
        let end = right
        if (bar.interval !== null) {
          ctx.strokeStyle = theme.ink
          ctx.lineWidth = 1.25
          const [a, b] = bar.interval.map((v) => scales.x.getPixelForValue(v))
          ctx.beginPath()
          ctx.moveTo(a, first.y)
          ctx.lineTo(b, first.y)
          for (const x of [a, b]) {
            ctx.moveTo(x, first.y - 4)
            ctx.lineTo(x, first.y + 4)
          }
          ctx.stroke()
          end = Math.max(end, b)
        }
        ctx.font = `600 12.5px ${font}`
        ctx.textAlign = 'left'
        ctx.textBaseline = 'middle'
        const fits = end + 8 + ctx.measureText(bar.text).width < chart.width
        const at = fits ? end + 8 : left + 8
        ctx.strokeStyle = theme.surface
        ctx.lineWidth = 4
        ctx.lineJoin = 'round'
        ctx.strokeText(bar.text, at, first.y)
        ctx.fillStyle = theme.ink
        ctx.fillText(bar.text, at, first.y)
      })
      ctx.restore()
    },
  }
}

function hatch(ctx, x, y, width, height, colour) {
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.clip()
  ctx.strokeStyle = withAlpha(colour, 0.85)
  ctx.lineWidth = 1.5
  ctx.beginPath()
  for (let d = -height; d < width; d += 7) {
    ctx.moveTo(x + d, y + height)
    ctx.lineTo(x + d + height, y)
  }
  ctx.stroke()
  ctx.restore()
}
