/** @file The tables of a run, as Markdown. */
import { baselines, type MethodName, methodNames } from './plan.ts'
import {
  type Crossover,
  type Figure,
  figure,
  type GoalResult,
  type Measured,
  peakOf,
  speedRatio,
  utilisation,
} from './results.ts'

const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2))
const withInterval = ({ value, interval }: Figure): string =>
  interval === null ? digits(value) : `${digits(value)} [${digits(interval[0])}, ${digits(interval[1])}]`

/** One row a line: the median of each method with its 95% interval, then speed ratios. */
export function linesTable(measured: readonly Measured[], selfConditioning: number): string {
  const present = methodNames.filter((name) => measured.some(({ samples }) => samples[name] !== undefined))
  const peak = peakOf(measured)
  const ratios = ratioColumns(present)
  const rows = measured.map((m) => {
    const cell = (name: MethodName): string => {
      const values = m.samples[name]
      if (values === undefined) return '–'
      const mfu = utilisation(m.line, figure(values).value, peak, selfConditioning)
      return withInterval(figure(values)) + (Number.isFinite(mfu) ? ` (${(100 * mfu).toFixed(0)}%)` : '')
    }
    const ratio = ([a, b]: [MethodName, MethodName]): string => {
      const r = speedRatio(m, a, b)
      return r === null ? '–' : withInterval(r)
    }
    return [`${m.line.title}, ${m.line.unit}`, ...present.map(cell), ...ratios.map(ratio)]
  })
  return table([['line', ...present, ...ratios.map(([a, b]) => `${a} ÷ ${b}`)], ...rows])
}

const ratioColumns = (present: readonly MethodName[]): [MethodName, MethodName][] =>
  baselines
    .filter((base) => present.includes(base))
    .flatMap((base) =>
      present
        .filter((name) => name !== base && !['stock', 'pytorch'].includes(name))
        .map((name): [MethodName, MethodName] => [name, base]),
    )

/** One row a model size and batch: forwards that a diffusion model may take before cached decoding is faster. */
export function crossoverTable(found: readonly Crossover[]): string {
  const present = methodNames.filter((name) => found.some(({ method }) => method === name))
  const places = [...new Set(found.map(({ label, batch }) => `${label}, batch ${batch}`))]
  const rows = places.map((place) => [
    place,
    ...present.map((name) => {
      const at = found.find(
        ({ label, batch, method }) => `${label}, batch ${batch}` === place && method === name,
      )
      return at === undefined ? '–' : withInterval({ value: at.nfe, interval: at.ci95 })
    }),
  ])
  return table([[`NFE* at L ${found[0]?.length ?? '–'}`, ...present], ...rows])
}

export function goalsTable(results: readonly GoalResult[]): string {
  const rows = results.map(({ goal, figure: measured }) => [
    goal.text,
    `≥ ${goal.atLeast}`,
    measured === null ? 'not measured' : withInterval(measured),
    measured === null ? '–' : measured.value >= goal.atLeast ? 'yes' : 'no',
  ])
  return table([['goal', 'wanted', 'measured', 'met'], ...rows])
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c])).join(' | ')} |`
  const rule = `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n')
}
