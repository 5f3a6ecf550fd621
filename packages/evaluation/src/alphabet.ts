/** @file Characters as small numbers, so that n-gram tables are typed arrays and not maps of strings. */

/** Characters of a text, most frequent first; all others share the last symbol. */
export type Alphabet = {
  /** The characters with a symbol of their own; symbol s is characters[s]. */
  readonly characters: readonly string[]
  /** V: symbols in all, the shared last one included; at most 256. */
  readonly size: number
  /** Different characters of the text that share the last symbol. */
  readonly shared: number
  /** Symbol of a character; size − 1 for one that the alphabet does not know. */
  symbol(character: string): number
  /** Symbols of the code points of a text. */
  encode(text: string): Uint8Array
}

const mostCharacters = 255

/** The alphabet of a text: its code points by falling frequency (ties by code point), at most 255 of them. */
export function alphabetOf(text: string): Alphabet {
  const counts = new Map<number, number>()
  const dense = new Float64Array(256)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 256) {
      dense[unit]++
      continue
    }
    const point = text.codePointAt(i) as number
    counts.set(point, (counts.get(point) ?? 0) + 1)
    if (point > 0xffff) i++
  }
  dense.forEach((count, point) => {
    if (count > 0) counts.set(point, count)
  })
  const points = [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, mostCharacters)
    .map(([point]) => point)
  return alphabetFrom(points, counts.size - points.length)
}

function alphabetFrom(points: number[], shared: number): Alphabet {
  const other = points.length
  const low = new Uint8Array(256).fill(other)
  const high = new Map<number, number>()
  points.forEach((point, symbol) => {
    if (point < 256) low[point] = symbol
    else high.set(point, symbol)
  })
  const symbolOf = (point: number): number => (point < 256 ? low[point] : (high.get(point) ?? other))
  return {
    characters: points.map((point) => String.fromCodePoint(point)),
    size: other + 1,
    shared,
    symbol: (character) => symbolOf(character.codePointAt(0) ?? -1),
    encode(text) {
      const out = new Uint8Array(text.length)
      let n = 0
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i)
        if (unit < 256) {
          out[n++] = low[unit]
          continue
        }
        const point = text.codePointAt(i) as number
        out[n++] = symbolOf(point)
        if (point > 0xffff) i++
      }
      return n === out.length ? out : out.slice(0, n)
    },
  }
}
