/** @file Colours, numbers and names as charts write them. */

const channels = (hex) => {
  const n = Number.parseInt(hex.slice(1), 16)
  return [n >> 16, (n >> 8) & 255, n & 255]
}

/** '#rrggbb' with an opacity. */
export function withAlpha(hex, alpha) {
  return `rgba(${channels(hex).join(', ')}, ${alpha})`
}

/** An ink for small letters: a quarter of the way to the colour of text. */
export function letters(theme, ink) {
  const [own, text] = [channels(theme.inks[ink]), channels(theme.ink)]
  return `rgb(${own.map((c, i) => Math.round(0.75 * c + 0.25 * text[i])).join(', ')})`
}

/** A tick of an axis: 0.25, 64, 2k, 1.5M. */
export function tickText(value) {
  const size = Math.abs(value)
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`
  return String(Number(value.toPrecision(4)))
}

/** The text, or as much of it as fits, with an ellipsis. */
export function fitText(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text
  let end = text.length
  while (end > 1 && ctx.measureText(`${text.slice(0, end)}…`).width > width) end--
  return `${text.slice(0, end).trimEnd()}…`
}

/** A name in lines of at most `most` characters, broken after spaces and hyphens; three lines at the utmost. */
export function wrapName(name, most) {
  const pieces = name.match(/[^\s-]*[\s-]?/g).flatMap((p) => p.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])
  const lines = ['']
  for (const piece of pieces) {
    const joined = lines[lines.length - 1] + piece
    if (joined.trimEnd().length <= most) lines[lines.length - 1] = joined
    else lines.push(piece)
  }
  const kept = lines.map((line) => line.trimEnd()).filter((line) => line !== '')
  return kept.length <= 3 ? kept : [kept[0], kept[1], `${kept[2].slice(0, most - 1)}…`]
}

/** Greedy line breaking at spaces. */
export function wrapText(ctx, text, width) {
  const lines = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (line !== '' && ctx.measureText(next).width > width) {
      lines.push(line)
      line = word
    } else line = next
  }
  return line === '' ? lines : [...lines, line]
}
