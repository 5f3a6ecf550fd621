/** @file The trace theatre: plays the traces of a group together, by the wall clock or by the share of their steps. */

export function theatre(element) {
  const traces = JSON.parse(document.getElementById(element.dataset.source).textContent)
  const [range, output] = [element.querySelector('input[type=range]'), element.querySelector('output')]
  const sync = element.querySelector('select[data-sync]')
  const stages = [...element.querySelectorAll('.stage')].map((stage) => ({
    select: stage.querySelector('select'),
    canvas: stage.querySelector('.canvas'),
    meter: stage.querySelector('.meter'),
    shown: null,
  }))
  const traceOf = (stage) => traces[Number(stage.select.value)]
  const byShare = () => sync.value === 'share'
  const longest = () => Math.max(...stages.map((s) => traceOf(s).frames.at(-1).ms))

  function draw() {
    const share = Number(range.value) / 1000
    const whole = longest()
    const label = byShare() ? `${Math.round(100 * share)} % of the steps` : `${Math.round(share * whole)} ms`
    output.textContent = label
    range.setAttribute('aria-valuetext', label)
    for (const stage of stages) {
      const trace = traceOf(stage)
      const index = byShare() ? frameOfShare(trace, share) : frameOfTime(trace, share, whole)
      const key = `${stage.select.value}/${index}`
      if (stage.shown !== key) drawStage(stage, trace, index)
      stage.shown = key
    }
  }

  // At least six seconds, so that an eye can follow; the label keeps the true milliseconds.
  const stop = player(element.querySelector('.play'), range, draw, () =>
    Math.max(6000, byShare() ? 0 : longest()),
  )
  range.addEventListener('input', () => {
    stop()
    draw()
  })
  for (const select of element.querySelectorAll('select')) select.addEventListener('change', draw)
  range.value = '500'
  draw()
}

/** The frame at a share of the steps; -1 before the first. */
function frameOfShare({ frames }, share) {
  return share <= 0 ? -1 : Math.min(frames.length - 1, Math.floor(share * frames.length - 1e-9))
}

/** The frame at a share of the longest trace's time. A frame is seen once it is finished; the end shows every last one. */
function frameOfTime({ frames }, share, whole) {
  const now = share >= 1 ? Number.POSITIVE_INFINITY : share * whole
  return frames.findLastIndex((f) => f.ms <= now)
}

/** A mask is a block, a line end an arrow. */
function glyph(token) {
  if (/^<mask>$/i.test(token)) return '\u2591'
  return token === '\n' ? '\u21b5' : token
}

function drawStage({ canvas, meter }, { frames, vocabulary }, index) {
  const frame = frames[Math.max(0, index)]
  const changed = new Set(index < 0 ? [] : frame.changed)
  canvas.replaceChildren(
    ...frame.text.map((token, i) => {
      const span = document.createElement('span')
      const text = index < 0 ? '<mask>' : vocabulary[token]
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
  const last = frames.length - 1
  const done = index === last ? ' \u00b7 finished' : ''
  meter.textContent =
    index < 0
      ? `not a forward yet \u00b7 ${frames[last].forwards} to come`
      : `${frame.forwards} of ${frames[last].forwards} forwards \u00b7 ${frame.ms} ms${done}`
}

/** Moves the slider from where it stands to its end in `duration()` ms; returns what stops it. */
function player(button, range, draw, duration) {
  let timer = 0
  const stop = () => {
    cancelAnimationFrame(timer)
    timer = 0
    button.textContent = 'Play'
    button.setAttribute('aria-pressed', 'false')
  }
  const start = () => {
    if (Number(range.value) >= 1000) range.value = '0'
    button.textContent = 'Pause'
    button.setAttribute('aria-pressed', 'true')
    let [before, at] = [performance.now(), Number(range.value)]
    const whole = duration()
    const tick = (now) => {
      at += (1000 * (now - before)) / whole
      before = now
      range.value = String(Math.min(1000, at))
      draw()
      if (at >= 1000) stop()
      else timer = requestAnimationFrame(tick)
    }
    timer = requestAnimationFrame(tick)
  }
  button.addEventListener('click', () => (timer === 0 ? start() : stop()))
  range.addEventListener('keydown', (event) => {
    if (event.key !== ' ') return
    event.preventDefault()
    button.click()
  })
  return stop
}
