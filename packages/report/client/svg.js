/**
 * @file A 2D context that writes SVG: what is drawn on it becomes paths and text. It knows what Chart.js and the sheets use of a
 * canvas, no more. Types: svg.d.ts.
 */

const number = (value) => String(Number(value.toFixed(2)))
const escaped = (text) =>
  String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const anchors = { center: 'middle', right: 'end', end: 'end' }
const baselines = {
  middle: 'central',
  top: 'text-before-edge',
  hanging: 'hanging',
  bottom: 'text-after-edge',
}

/** What save and restore keep. */
const initial = () => ({
  fillStyle: '#000',
  strokeStyle: '#000',
  lineWidth: 1,
  lineCap: 'butt',
  lineJoin: 'miter',
  globalAlpha: 1,
  font: '12px sans-serif',
  textAlign: 'start',
  textBaseline: 'alphabetic',
  dash: [],
  matrix: [1, 0, 0, 1, 0, 0],
  clipPath: '',
})

const times = ([a, b, c, d, e, f], [g, h, i, j, k, l]) => [
  a * g + c * h,
  b * g + d * h,
  a * i + c * j,
  b * i + d * j,
  a * k + c * l + e,
  b * k + d * l + f,
]

/**
 * @param measure a real 2D context, which knows how wide a text is
 * @param name keeps the clip paths of several pictures on one sheet apart
 */
export function svgContext(measure, name) {
  const body = []
  const saved = []
  let path = ''
  let clips = 0
  const to = (x, y) => {
    const [a, b, c, d, e, f] = ctx.matrix
    return `${number(a * x + c * y + e)} ${number(b * x + d * y + f)}`
  }
  const shared = () => {
    const alpha = ctx.globalAlpha === 1 ? '' : ` opacity="${ctx.globalAlpha}"`
    return ctx.clipPath === '' ? alpha : `${alpha} clip-path="url(#${ctx.clipPath})"`
  }
  const stroked = (d) => {
    const dash = ctx.dash.length === 0 ? '' : ` stroke-dasharray="${ctx.dash.join(' ')}"`
    body.push(
      `<path d="${d}" fill="none" stroke="${ctx.strokeStyle}" stroke-width="${number(ctx.lineWidth)}" stroke-linejoin="${ctx.lineJoin}" stroke-linecap="${ctx.lineCap}"${dash}${shared()}/>`,
    )
  }
  const filled = (d) => body.push(`<path d="${d}" fill="${ctx.fillStyle}"${shared()}/>`)
  const box = (x, y, width, height) =>
    `M${to(x, y)}L${to(x + width, y)}L${to(x + width, y + height)}L${to(x, y + height)}Z`
  const written = (text, x, y, paint) => {
    const [a, b, c, d] = ctx.matrix
    const turned = a !== 1 || b !== 0 || c !== 0 || d !== 1
    const [px, py] = to(x, y).split(' ')
    const place = turned
      ? `transform="matrix(${[a, b, c, d].map(number).join(' ')} ${px} ${py})"`
      : `x="${px}" y="${py}"`
    const anchor = anchors[ctx.textAlign] === undefined ? '' : ` text-anchor="${anchors[ctx.textAlign]}"`
    const baseline =
      baselines[ctx.textBaseline] === undefined ? '' : ` dominant-baseline="${baselines[ctx.textBaseline]}"`
    body.push(
      `<text ${place}${anchor}${baseline} style="font:${escaped(ctx.font)}" ${paint}${shared()}>${escaped(text)}</text>`,
    )
  }
  const ctx = {
    ...initial(),
    save: () => void saved.push(Object.fromEntries(Object.keys(initial()).map((key) => [key, ctx[key]]))),
    restore: () => void Object.assign(ctx, saved.pop() ?? {}),
    translate: (x, y) => void (ctx.matrix = times(ctx.matrix, [1, 0, 0, 1, x, y])),
    scale: (x, y) => void (ctx.matrix = times(ctx.matrix, [x, 0, 0, y, 0, 0])),
    rotate: (angle) => {
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      ctx.matrix = times(ctx.matrix, [cos, sin, -sin, cos, 0, 0])
    },
    setTransform: (...matrix) => void (ctx.matrix = matrix),
    resetTransform: () => void (ctx.matrix = initial().matrix),
    setLineDash: (dash) => void (ctx.dash = [...dash]),
    getLineDash: () => ctx.dash,
    measureText: (text) => {
      measure.font = ctx.font
      return measure.measureText(text)
    },
    beginPath: () => void (path = ''),
    closePath: () => void (path += 'Z'),
    moveTo: (x, y) => void (path += `M${to(x, y)}`),
    lineTo: (x, y) => void (path += `${path === '' || path.endsWith('Z') ? 'M' : 'L'}${to(x, y)}`),
    bezierCurveTo: (x1, y1, x2, y2, x, y) => void (path += `C${to(x1, y1)} ${to(x2, y2)} ${to(x, y)}`),
    quadraticCurveTo: (x1, y1, x, y) => void (path += `Q${to(x1, y1)} ${to(x, y)}`),
    rect: (...of) => void (path += box(...of)),
    /** In straight pieces: enough for marks and corners. */
    arc: (x, y, radius, from, until, counter = false) => {
      const whole = counter && until > from ? until - from - 2 * Math.PI : until - from
      const pieces = Math.max(2, Math.ceil(Math.abs(whole) * 8))
      for (let i = 0; i <= pieces; i++) {
        const angle = from + (whole * i) / pieces
        ctx.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle))
      }
    },
    clip: () => {
      const id = `${name}-${clips++}`
      body.push(`<clipPath id="${id}"${shared()}><path d="${path}"/></clipPath>`)
      ctx.clipPath = id
    },
    fill: () => filled(path),
    stroke: () => stroked(path),
    fillRect: (...of) => filled(box(...of)),
    strokeRect: (...of) => stroked(box(...of)),
    /** Chart.js clears the whole before it draws anew. */
    clearRect: () => void (body.length = 0),
    fillText: (text, x, y) => written(text, x, y, `fill="${ctx.fillStyle}"`),
    strokeText: (text, x, y) =>
      written(
        text,
        x,
        y,
        `fill="none" stroke="${ctx.strokeStyle}" stroke-width="${number(ctx.lineWidth)}" stroke-linejoin="${ctx.lineJoin}"`,
      ),
    /** Puts another picture at a place. */
    place: (markup, x, y) =>
      void body.push(`<g transform="translate(${number(x)} ${number(y)})">${markup}</g>`),
    markup: () => body.join(''),
  }
  return ctx
}

/** A whole SVG file on a ground of one colour. */
export function svgFile(markup, width, height, ground) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${ground}"/>${markup}</svg>\n`
}
