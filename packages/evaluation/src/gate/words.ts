/** @file The verdict of a gate for those who read it: Markdown, JUnit XML, entries of github-action-benchmark. */
import { canonicalJson, type MetricName, metricTable } from '@trivium/schema'
import type { GateRow, GateRowVerdict, GateVerdict } from './gate.ts'

/** GitHub shows a summary of at most 1 MiB; half of it leaves room for others of the same step. */
const mostBytes = 512 * 1024
const order: readonly GateRowVerdict[] = ['worse', 'better', 'same', 'told']

/** A table, the worst first; what does not fit is counted. */
export function gateMarkdown({ problems, rows, exitCode, untimed }: GateVerdict, title: string): string {
  const count = (verdict: GateRowVerdict): number => rows.filter((row) => row.verdict === verdict).length
  const verdict =
    exitCode === 2
      ? 'The two do not compare'
      : exitCode === 3
        ? `${count('worse')} of ${rows.length} figures are worse`
        : `Nothing is worse (${rows.length} figures)`
  const head = [
    `## Gate: ${escaped(title)}`,
    '',
    `**${verdict}.** ${count('better')} better, ${count('same')} the same, ${count('told')} told only.`,
    '',
    ...(untimed === null ? [] : [`Times are not compared: ${escaped(untimed)}.`, '']),
    ...problems.slice(0, 100).map((problem) => `- ${escaped(problem)}`),
    ...(problems.length > 100 ? [`- … and ${problems.length - 100} more`] : []),
    ...(rows.length === 0
      ? []
      : [
          '',
          '| of | metric | baseline | now | difference | passes up to | |',
          '| - | - | -: | -: | -: | -: | - |',
        ]),
  ].join('\n')
  const lines = [...rows].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict)).map(tableLine)
  let bytes = bytesOf(head)
  const shown = lines.filter((line) => (bytes += bytesOf(line) + 1) < mostBytes)
  const more = shown.length < lines.length ? `\n\n… and ${lines.length - shown.length} more figures.` : ''
  return `${[head, ...shown].join('\n')}${more}\n`
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const digits = (value: number): string => String(Number(value.toPrecision(4)))

function tableLine({
  of,
  metric,
  unit,
  baseline,
  value,
  difference,
  interval,
  tolerance,
  verdict,
  paired,
}: GateRow): string {
  const range =
    interval === null ? '' : ` [${interval.map(digits).join(', ')}]${paired ? '' : ' (not paired)'}`
  const most = Number.isFinite(tolerance) ? digits(tolerance) : ''
  const cells = [
    escaped(of),
    `${metric}, ${unit}`,
    digits(baseline),
    digits(value),
    `${difference > 0 ? '+' : ''}${digits(difference)}${range}`,
    most,
    verdict === 'worse' ? '**worse**' : verdict,
  ]
  return `| ${cells.join(' | ')} |`
}

/** Of a name that a file brought: neither a cell, nor a line, nor markup of its own. */
const escaped = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[|<>&`*[\]\\]/g, (c) => `&#${c.codePointAt(0)};`)

const xml = (text: string): string =>
  // Control characters have no place in XML at all.
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"'\n\r\t]/g, (c) => `&#${c.codePointAt(0)};`)

/** A test case for each figure; a figure that decides nothing is skipped, what does not compare is an error. */
export function gateJUnit({ problems, rows }: GateVerdict, title: string): string {
  const cases = rows.map((row) => {
    const { of, metric, verdict, difference, tolerance, baseline, value } = row
    const open = `<testcase classname="${xml(of)}" name="${xml(metric)}"`
    if (verdict === 'told') return `${open}><skipped/></testcase>`
    if (verdict !== 'worse') return `${open}/>`
    const said = `${digits(baseline)} → ${digits(value)} (${digits(difference)}, passes up to ${digits(tolerance)})`
    return `${open}><failure message="${xml(said)}"/></testcase>`
  })
  const errors = problems.map(
    (problem) =>
      `<testcase classname="gate" name="${xml(problem)}"><error message="${xml(problem)}"/></testcase>`,
  )
  const count = (verdict: GateRowVerdict): number => rows.filter((row) => row.verdict === verdict).length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${xml(title)}" tests="${rows.length + problems.length}" failures="${count('worse')}" errors="${problems.length}" skipped="${count('told')}">`,
    ...errors,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n')
}

/** As `benchmark-action/github-action-benchmark` reads it. */
export type BenchmarkEntry = {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly range?: string
  readonly extra?: string
}

/** Its two tools take values of which the smaller, or the bigger, are better; where neither is, there is no entry. */
export function gateBenchmarks({ rows }: GateVerdict): {
  readonly smaller: BenchmarkEntry[]
  readonly bigger: BenchmarkEntry[]
} {
  const entries = (better: 'lower' | 'higher'): BenchmarkEntry[] =>
    rows.filter(({ metric }) => betterOf(metric) === better).map(benchmarkEntry)
  return { smaller: entries('lower'), bigger: entries('higher') }
}

/** What is no metric is a cost. */
const betterOf = (metric: string): 'higher' | 'lower' | 'held-out' =>
  metricTable[metric as MetricName]?.better ?? 'lower'

const benchmarkEntry = ({
  of,
  metric,
  unit,
  value,
  difference,
  interval,
  verdict,
}: GateRow): BenchmarkEntry => ({
  name: `${of}: ${metric}`,
  unit,
  value,
  ...(interval !== null && { range: `± ${digits((interval[1] - interval[0]) / 2)}` }),
  extra: canonicalJson({ difference, verdict }),
})
