/** @file `gate`: whether a run is worse than the baseline that was accepted; made for CI. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GateVerdict, Tolerances } from '@trivium/evaluation'
import { checkFolder, writeAtomically } from '@trivium/files'
import { didYouMean, GateFailed, InputError, type MetricName, metricNames } from '@trivium/schema'
import { type CommandContext, needed, type Register } from '../context.ts'
import { collect } from '../experiment-options.ts'
import { examples } from '../text.ts'

type GateOptions = { baseline?: string; tolerance?: string[]; out?: string; json?: true }

export const register: Register = (command, context) => {
  command
    .argument('<run>', 'a run directory, or a results.json')
    .option('--baseline <file>', 'what was accepted; `baseline accept` writes it')
    .option(
      '--tolerance <metric=share>',
      'a difference that passes, as a share of the baseline’s value; nfe is a metric here; repeatable',
      collect,
    )
    .option(
      '-o, --out <folder>',
      'write gate.md, gate.json, junit.xml and benchmark-{smaller,bigger}.json there',
    )
    .option('--json', 'print JSON instead of Markdown')
    .addHelpText(
      'after',
      examples(
        [
          'gate runs/smoke/20260131T120000Z-0a1b2c3d --baseline baselines/smoke.json',
          'exit code 3 when a figure is worse',
        ],
        [
          'gate results.json --baseline baselines/smoke.json --out gate --tolerance judge-bits=0.1',
          'with files for CI',
        ],
      ) +
        '\nA figure is worse when the interval of its difference, which holds for all figures together, excludes zero and the\ndifference exceeds the tolerance. Times are told and never decide. Exit code 3, or TRIVIUM_GATE_EXIT_CODE, when one is\nworse; 2 when a metric is missing, or was measured on another task, other data or another n. Where GITHUB_STEP_SUMMARY\nis set the table goes there, too.',
    )
    .action(async (run: string, options: GateOptions) => gateRun(run, options, context()))
}

async function gateRun(run: string, options: GateOptions, { print }: CommandContext): Promise<void> {
  const path = needed(options.baseline, '--baseline', 'baselines/smoke.json')
  const tolerances = tolerancesOf(options.tolerance ?? [])
  const failed = failedCode()
  const { readBaseline, readResults } = await import('@trivium/experiments/run')
  const { gate, gateMarkdown } = await import('@trivium/evaluation')
  if (options.out !== undefined) checkFolder(options.out)
  const baseline = readBaseline(path)
  const { results } = readResults(run)
  const verdict = gate(results, baseline.results, tolerances)
  const markdown = gateMarkdown(verdict, results.name)
  if (options.out !== undefined) await writeFiles(options.out, verdict, markdown, results.name)
  const { GITHUB_STEP_SUMMARY } = process.env
  if (GITHUB_STEP_SUMMARY) appendFileSync(GITHUB_STEP_SUMMARY, markdown)
  print(options.json === true ? JSON.stringify(verdict) : markdown.trimEnd())
  const { problems, exitCode, rows } = verdict
  if (exitCode === 2)
    throw new InputError(
      `${run} and ${path} do not compare: ${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`,
    )
  if (exitCode === 3) {
    const worse = rows.filter((row) => row.verdict === 'worse')
    const [{ of, metric, baseline: then, value }] = worse
    throw new GateFailed(
      `${worse.length} of ${rows.length} figures are worse than in ${path}, first ${metric} of ${of}: ${then.toPrecision(4)} → ${value.toPrecision(4)}; mend it, or accept it with \`trivium baseline accept\``,
      failed,
    )
  }
}

/** @throws InputError when the environment asks for an exit code that is none */
function failedCode(): number {
  const text = process.env.TRIVIUM_GATE_EXIT_CODE ?? ''
  if (text === '') return 3
  const code = Number(text)
  if (!/^\d+$/.test(text) || code > 255)
    throw new InputError(`TRIVIUM_GATE_EXIT_CODE is '${text}'; wanted is a whole number from 0 to 255`)
  return code
}

function tolerancesOf(texts: readonly string[]): Tolerances {
  const legal = [...metricNames, 'nfe']
  return Object.fromEntries(
    texts.map((text) => {
      const [name, value] = text.split('=')
      const share = Number(value)
      if (!legal.includes(name as MetricName))
        throw new InputError(
          `--tolerance ${text}: there is no metric '${name}'${didYouMean(name, legal)}; see \`ls metrics\``,
        )
      if (value === undefined || value.trim() === '' || !Number.isFinite(share) || share < 0)
        throw new InputError(`--tolerance ${text}: wanted is a share from 0 up, e.g. ${name}=0.05`)
      return [name, share]
    }),
  )
}

async function writeFiles(
  folder: string,
  verdict: GateVerdict,
  markdown: string,
  title: string,
): Promise<void> {
  const { gateBenchmarks, gateJUnit } = await import('@trivium/evaluation')
  const { smaller, bigger } = gateBenchmarks(verdict)
  const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`
  const files = {
    'gate.md': markdown,
    'gate.json': json(verdict),
    'junit.xml': gateJUnit(verdict, title),
    'benchmark-smaller.json': json(smaller),
    'benchmark-bigger.json': json(bigger),
  }
  for (const [name, text] of Object.entries(files)) writeAtomically(join(folder, name), text)
}
