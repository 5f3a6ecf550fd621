/** @file The text of progress: pure, so that a terminal is not needed to test it. */

/** How far a task is. `done` and `total` are of one unit, e.g. steps. */
export type ProgressUpdate = {
  readonly done: number
  readonly total: number
  /** What is being done just now, e.g. a point of a sweep. */
  readonly what?: string
  /** nats a token. */
  readonly loss?: number
  /** Bits a character on held-out rows, when it was measured. */
  readonly validation?: number | null
  readonly tokensPerSecond?: number
  readonly etaSeconds?: number
}

/** 75 → 1m15s */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s}s`
  if (s < 3600) return `${Math.floor(s / 60)}m${String(s % 60).padStart(2, '0')}s`
  return `${Math.floor(s / 3600)}h${String(Math.floor((s % 3600) / 60)).padStart(2, '0')}m`
}

/** `loss 1.234 · val 2.10 bits/char · 2 431 tokens/s · ETA 1m15s` of what is known. */
export function details({ what, loss, validation, tokensPerSecond, etaSeconds }: ProgressUpdate): string {
  const parts = [
    what,
    loss === undefined ? undefined : `loss ${loss.toFixed(3)}`,
    validation === undefined || validation === null ? undefined : `val ${validation.toFixed(3)} bits/char`,
    tokensPerSecond === undefined ? undefined : `${Math.round(tokensPerSecond)} tokens/s`,
    etaSeconds === undefined ? undefined : `ETA ${duration(etaSeconds)}`,
  ]
  return parts.filter((part) => part !== undefined).join(' · ')
}

const share = ({ done, total }: ProgressUpdate): number => (total > 0 ? Math.min(1, done / total) : 0)

/** One line for a log. */
export function plainLine(name: string, update: ProgressUpdate): string {
  const rest = details(update)
  return `${name}: ${update.done}/${update.total} (${Math.floor(100 * share(update))}%)${rest === '' ? '' : ` · ${rest}`}`
}

/** One line of at most `width` columns: name, bar, per cent, details. */
export function barLine(name: string, update: ProgressUpdate, nameWidth: number, width: number): string {
  const cells = Math.max(8, Math.min(24, Math.floor(width / 5)))
  const full = Math.floor(cells * share(update))
  const bar = '█'.repeat(full) + '░'.repeat(cells - full)
  const percent = `${Math.floor(100 * share(update))}%`.padStart(4)
  const line = `${name.padEnd(nameWidth)} ${bar} ${percent}  ${details(update)}`.trimEnd()
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line
}
