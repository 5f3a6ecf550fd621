/** @file How numbers are written, in charts, tables and sentences alike; no line breaks before a unit. */

/** Three significant digits, no exponent in the usual range: 1.72, 0.0312, 1,240. */
export function num(value: number): string {
  const size = Math.abs(value)
  if (value === 0) return '0'
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(1)
  if (size >= 0.1) return value.toFixed(2)
  return Number(value.toPrecision(2)).toString()
}

/** A mean number of forwards: 16, 29.8. */
export function nfe(value: number): string {
  return Number(value.toFixed(1)).toLocaleString('en-US')
}

/** The same in words: '1 forward', '29.8 forwards'. */
export function forwards(value: number): string {
  return counted(nfe(value), 'forward')
}

/** '1 frame', '16 frames'. */
export function counted(number: string | number, noun: string): string {
  return `${number} ${noun}${String(number) === '1' ? '' : 's'}`
}

/** Milliseconds in words: 840 ms, 1.24 s. */
export function ms(value: number): string {
  return value >= 1000 ? `${num(value / 1000)}\u00a0s` : `${num(value)}\u00a0ms`
}

/** A count in words: 811 k, 15.2 M. */
export function count(value: number): string {
  if (value >= 1e6) return `${num(value / 1e6)}\u00a0M`
  return value >= 1e3 ? `${num(value / 1e3)}\u00a0k` : String(value)
}

/** '[1.68, 1.76]', with a space that no line breaks at; empty without an interval. */
export function intervalText(interval: readonly [number, number] | null): string {
  return interval === null ? '' : `[${num(interval[0])},\u00a0${num(interval[1])}]`
}
