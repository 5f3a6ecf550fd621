/** @file What moves on the page: charts, theme, sample pages, and the trace theatre. Inlined by html/page.ts. */
import { chartConfig } from './charts.js'

const json = (id) => JSON.parse(document.getElementById(id).textContent)
const themes = json('themes')
const panels = new Map(json('figures').flatMap((f) => f.panels.map((p) => [p.id, p])))
const charts = new Map()
const darkMedia = matchMedia('(prefers-color-scheme: dark)')
const root = document.documentElement
let printing = false

function themeName() {
  if (printing) return 'light'
  return root.dataset.theme ?? (darkMedia.matches ? 'dark' : 'light')
}

function drawChart(canvas) {
  const font = getComputedStyle(document.body).fontFamily
  const panel = panels.get(canvas.dataset.panel)
  charts.get(canvas)?.destroy()
  const still = printing || matchMedia('(prefers-reduced-motion: reduce)').matches
  const config = chartConfig(panel, { theme: themes[themeName()], font, animate: true })
  if (still || charts.has(canvas)) config.options.animation = false
  charts.set(canvas, new Chart(canvas, config))
}

function drawAll() {
  for (const canvas of document.querySelectorAll('canvas[data-panel]')) drawChart(canvas)
  const button = document.getElementById('theme')
  button.textContent = themeName() === 'dark' ? 'Light' : 'Dark'
  button.setAttribute('aria-label', `Switch to the ${themeName() === 'dark' ? 'light' : 'dark'} theme`)
}

document.getElementById('theme').addEventListener('click', () => {
  root.dataset.theme = themeName() === 'dark' ? 'light' : 'dark'
  drawAll()
})
darkMedia.addEventListener('change', drawAll)
addEventListener('beforeprint', () => {
  printing = true
  drawAll()
})
addEventListener('afterprint', () => {
  printing = false
  drawAll()
})

for (const select of document.querySelectorAll('select[data-pages]')) {
  select.addEventListener('change', () => {
    for (const page of select.closest('article').querySelectorAll('.page'))
      page.hidden = page.dataset.page !== select.value
  })
}

/** What a position shows: a mask is a block, another special its name's first letter, a line end an arrow. */
function glyph(token) {
  if (/^<mask>$/i.test(token)) return '\u2591'
  if (token === '\n') return '\u21b5'
  return token
}

function theatre(element) {
  const traces = json(element.dataset.source)
  const [range, output] = [element.querySelector('input[type=range]'), element.querySelector('output')]
  const [play, sync] = [element.querySelector('.play'), element.querySelector('select[data-sync]')]
  const stages = [...element.querySelectorAll('.stage')].map((stage) => ({
    select: stage.querySelector('select'),
    canvas: stage.querySelector('.canvas'),
    meter: stage.querySelector('.meter'),
    shown: null,
  }))
  const traceOf = (stage) => traces[Number(stage.select.value)]
  const longest = () => Math.max(...stages.map((s) => traceOf(s).frames.at(-1).ms))

  function frameAt(trace, share) {
    if (sync.value === 'share')
      return share <= 0
        ? -1
        : Math.min(trace.frames.length - 1, Math.floor(share * trace.frames.length - 1e-9))
    // A frame is seen once it is finished; the slider's last step shows every last frame.
    const now = share >= 1 ? Number.POSITIVE_INFINITY : share * longest()
    return trace.frames.findLastIndex((f) => f.ms <= now)
  }

  function draw() {
    const share = Number(range.value) / 1000
    const label =
      sync.value === 'share'
        ? `${Math.round(100 * share)} % of the steps`
        : `${Math.round(share * longest())} ms`
    output.textContent = label
    range.setAttribute('aria-valuetext', label)
    for (const stage of stages) drawStage(stage, share)
  }

  function drawStage(stage, share) {
    const trace = traceOf(stage)
    const index = frameAt(trace, share)
    const key = `${stage.select.value}/${index}`
    if (stage.shown === key) return
    stage.shown = key
    const last = trace.frames.length - 1
    const frame = trace.frames[Math.max(0, index)]
    const changed = new Set(index < 0 ? [] : frame.changed)
    stage.canvas.replaceChildren(
      ...frame.text.map((token, i) => {
        const span = document.createElement('span')
        const text = index < 0 ? '<mask>' : trace.vocabulary[token]
        span.textContent = glyph(text)
        if (/^<.+>$/.test(text)) span.className = 'mask'
        else {
          if (changed.has(i)) span.className = 'changed'
          if (frame.confidence)
            span.style.setProperty('--sure', `${Math.round(4 + 0.42 * frame.confidence[i])}%`)
        }
        return span
      }),
    )
    const done = index === last ? ' \u00b7 finished' : ''
    stage.meter.textContent =
      index < 0
        ? `not a forward yet \u00b7 ${trace.frames.at(-1).forwards} to come`
        : `${frame.forwards} of ${trace.frames[last].forwards} forwards \u00b7 ${frame.ms} ms${done}`
  }

  let timer = 0
  function stop() {
    cancelAnimationFrame(timer)
    timer = 0
    play.textContent = 'Play'
    play.setAttribute('aria-pressed', 'false')
  }
  function start() {
    if (Number(range.value) >= 1000) range.value = '0'
    play.textContent = 'Pause'
    play.setAttribute('aria-pressed', 'true')
    // At least six seconds, so that an eye can follow; the label keeps the true milliseconds.
    const duration = Math.max(6000, sync.value === 'time' ? longest() : 0)
    let before = performance.now()
    let at = Number(range.value)
    const tick = (now) => {
      at += (1000 * (now - before)) / duration
      before = now
      range.value = String(Math.min(1000, at))
      draw()
      if (at >= 1000) stop()
      else timer = requestAnimationFrame(tick)
    }
    timer = requestAnimationFrame(tick)
  }
  play.addEventListener('click', () => (timer === 0 ? start() : stop()))
  range.addEventListener('input', () => {
    stop()
    draw()
  })
  range.addEventListener('keydown', (event) => {
    if (event.key !== ' ') return
    event.preventDefault()
    play.click()
  })
  for (const select of element.querySelectorAll('select')) select.addEventListener('change', draw)
  range.value = '500'
  draw()
}

for (const element of document.querySelectorAll('.theatre')) theatre(element)
drawAll()
