/** @file Ways into a chart: log scales, zoom by dragging or by keys, and the points one by one for the keyboard. */
import { allowsLog, zoomed } from './view.js'

export function explore(figure, board) {
  const canvases = [...figure.querySelectorAll('canvas[data-panel]')].filter(
    (canvas) => board.panelOf(canvas).kind === 'xy',
  )
  if (canvases.length === 0) return
  const whole = figure.querySelector('[data-reset]')
  const show = (canvas, view) => {
    board.show(canvas, view)
    whole.hidden = canvases.every((c) => !isZoomed(board.viewOf(c)))
  }
  const unzoomed = ({ x, y }) => ({ x: { scale: x?.scale }, y: { scale: y?.scale } })
  whole.addEventListener('click', () => {
    for (const canvas of canvases) show(canvas, unzoomed(board.viewOf(canvas)))
  })
  for (const button of figure.querySelectorAll('[data-log]')) listenToScale(button, canvases, board, show)
  for (const canvas of canvases) {
    listenToDrag(canvas, board, show)
    listenToKeys(canvas, board, show, () => show(canvas, unzoomed(board.viewOf(canvas))))
    canvas.addEventListener('dblclick', () => show(canvas, unzoomed(board.viewOf(canvas))))
  }
}

const isZoomed = ({ x, y }) => x?.min !== undefined || y?.min !== undefined

function listenToScale(button, canvases, board, show) {
  const axis = button.dataset.log
  const able = canvases.filter((canvas) => allowsLog(board.panelOf(canvas), axis))
  button.disabled = able.length === 0
  if (button.disabled) button.title = 'values of zero have no place on a log scale'
  button.addEventListener('click', () => {
    const log = button.getAttribute('aria-pressed') !== 'true'
    button.setAttribute('aria-pressed', String(log))
    for (const canvas of able)
      show(canvas, { ...board.viewOf(canvas), [axis]: { scale: log ? 'log' : 'linear' } })
  })
}

/** A rectangle drawn with the pointer becomes the view. */
function listenToDrag(canvas, board, show) {
  let start = null
  const frame = document.createElement('div')
  frame.className = 'drag'
  frame.hidden = true
  canvas.parentElement.append(frame)
  const at = (event) => {
    const box = canvas.getBoundingClientRect()
    const { left, right, top, bottom } = board.chartOf(canvas).chartArea
    const clamp = (v, low, high) => Math.min(high, Math.max(low, v))
    return { x: clamp(event.clientX - box.left, left, right), y: clamp(event.clientY - box.top, top, bottom) }
  }
  const between = (a, b) => [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)]
  canvas.addEventListener('pointerdown', (event) => {
    // A finger scrolls the page.
    if (event.button !== 0 || event.pointerType === 'touch') return
    start = at(event)
    canvas.setPointerCapture(event.pointerId)
  })
  canvas.addEventListener('pointermove', (event) => {
    if (start === null) return
    const [left, top, right, bottom] = between(start, at(event))
    frame.hidden = right - left < 6 && bottom - top < 6
    frame.style.cssText = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`
  })
  canvas.addEventListener('pointerup', (event) => {
    if (start === null) return
    const [left, top, right, bottom] = between(start, at(event))
    start = null
    frame.hidden = true
    if (right - left < 12 || bottom - top < 12) return
    const { x, y } = board.chartOf(canvas).scales
    const { x: onX, y: onY } = board.shownPanel(canvas)
    show(canvas, {
      x: { scale: onX.scale, min: x.getValueForPixel(left), max: x.getValueForPixel(right) },
      y: { scale: onY.scale, min: y.getValueForPixel(bottom), max: y.getValueForPixel(top) },
    })
  })
  canvas.addEventListener('pointercancel', () => {
    start = null
    frame.hidden = true
  })
}

/** Left and right go through a series, up and down to the next one; what stands there is shown and spoken. */
function listenToKeys(canvas, board, show, reset) {
  const voice = document.createElement('p')
  voice.className = 'spoken'
  voice.setAttribute('aria-live', 'polite')
  canvas.parentElement.append(voice)
  let [series, point] = [-1, 0]
  const step = (key) => {
    const chart = board.chartOf(canvas)
    const shown = chart.data.datasets.flatMap((set, i) =>
      set.spec.join !== 'steps' && set.data.length > 0 && chart.isDatasetVisible(i) ? [i] : [],
    )
    if (shown.length === 0) return
    const at = shown.indexOf(series)
    if (at < 0) [series, point] = [shown[0], 0]
    else if (key === 'ArrowUp' || key === 'ArrowDown') {
      series = shown[(at + (key === 'ArrowDown' ? 1 : shown.length - 1)) % shown.length]
      point = Math.min(point, chart.data.datasets[series].data.length - 1)
    } else {
      const { length } = chart.data.datasets[series].data
      point = (point + (key === 'ArrowRight' ? 1 : length - 1)) % length
    }
    speak(chart)
  }
  const speak = (chart) => {
    const active = [{ datasetIndex: series, index: point }]
    const { x, y } = chart.getDatasetMeta(series).data[point]
    chart.setActiveElements(active)
    chart.tooltip.setActiveElements(active, { x, y })
    chart.update('none')
    const { title, body } = chart.tooltip
    voice.textContent = [...title, ...body.flatMap(({ lines }) => lines)].join(', ')
  }
  const around = (factor) => {
    const spec = board.chartOf(canvas).data.datasets[series]?.data[point]
    if (spec === undefined) return
    show(canvas, zoomed(board.panelOf(canvas), board.viewOf(canvas), spec, factor))
    speak(board.chartOf(canvas))
  }
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key.startsWith('Arrow')) step(event.key)
    else if (event.key === '+' || event.key === '=') around(0.6)
    else if (event.key === '-') around(1 / 0.6)
    else if (event.key === '0' || event.key === 'Escape') reset()
    else return
    event.preventDefault()
  })
}
