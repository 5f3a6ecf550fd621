/**
 * @file Progress on stderr in four ways: bars that are repainted (one a task, so that parallel models show side by
 * side), plain lines every few seconds, JSON lines, or nothing.
 */
import { barLine, type ProgressUpdate, plainLine } from './progress-lines.ts'

export const progressModes = ['auto', 'bar', 'plain', 'json', 'none'] as const
export type ProgressMode = (typeof progressModes)[number]
/** What is needed of a stream; process.stderr is one. */
export type ProgressStream = { write(text: string): unknown; isTTY?: boolean; columns?: number }

export interface Progress {
  /** A task's state; the task begins with its first update and ends when `done` reaches `total`. */
  update(task: string, update: ProgressUpdate): void
  /** A line of its own, above the bars. */
  log(line: string): void
  /** Leaves the last state on the screen; the next update begins below. */
  settle(): void
}

const plainEveryMs = 5000
const paintEveryMs = 100

/** `auto` paints bars on a terminal and writes plain lines elsewhere. Colours only where NO_COLOR is not set. */
export function createProgress(
  mode: ProgressMode,
  stream: ProgressStream = process.stderr,
  {
    now = () => performance.now(),
    color = stream.isTTY === true && !process.env.NO_COLOR,
  }: { now?: () => number; color?: boolean } = {},
): Progress {
  const chosen =
    mode === 'auto' ? (stream.isTTY === true && process.env.TERM !== 'dumb' ? 'bar' : 'plain') : mode
  if (chosen === 'bar') return bars(stream, now, color)
  if (chosen === 'plain') return plain(stream, now)
  if (chosen === 'json') return json(stream)
  return { update() {}, log: (line) => void stream.write(`${line}\n`), settle() {} }
}

function json(stream: ProgressStream): Progress {
  const put = (value: object): void => void stream.write(`${JSON.stringify(value)}\n`)
  return {
    update: (task, update) => put({ event: 'progress', task, ...update }),
    log: (message) => put({ event: 'log', message }),
    settle() {},
  }
}

function plain(stream: ProgressStream, now: () => number): Progress {
  const last = new Map<string, number>()
  return {
    update(task, update) {
      const at = now()
      const before = last.get(task)
      if (before !== undefined && at - before < plainEveryMs && update.done < update.total) return
      last.set(task, at)
      stream.write(`${plainLine(task, update)}\n`)
    },
    log: (line) => void stream.write(`${line}\n`),
    settle: () => last.clear(),
  }
}

function bars(stream: ProgressStream, now: () => number, color: boolean): Progress {
  const tasks = new Map<string, ProgressUpdate>()
  let painted = 0
  let paintedAt = Number.NEGATIVE_INFINITY
  // Up to the first bar, then clear from there to the end of the screen.
  const erase = (): string => (painted === 0 ? '' : `\u001b[${painted}A\u001b[J`)
  const paint = (above = ''): void => {
    // A pseudo-terminal may not know its width and say 0.
    const width = (stream.columns || 80) - 1
    const nameWidth = Math.max(0, ...[...tasks.keys()].map((name) => name.length))
    const lines = [...tasks].map(([name, update]) => {
      const line = barLine(name, update, nameWidth, width)
      return color && update.done >= update.total ? `\u001b[2m${line}\u001b[22m` : line
    })
    stream.write(`${erase()}${above}${lines.map((line) => `${line}\n`).join('')}`)
    painted = lines.length
    paintedAt = now()
  }
  return {
    update(task, update) {
      // A validation is measured now and then; the bar keeps the last one.
      const validation = update.validation ?? tasks.get(task)?.validation
      const isNew = !tasks.has(task)
      tasks.set(task, { ...update, validation })
      if (isNew || update.done >= update.total || now() - paintedAt >= paintEveryMs) paint()
    },
    log: (line) => paint(`${line}\n`),
    settle() {
      if (painted > 0) paint()
      painted = 0
      tasks.clear()
    },
  }
}
