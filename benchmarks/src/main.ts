/**
 * @file `pnpm bench`: measures every line with every method, interleaved, one process working at a time, and prints medians,
 * speed ratios and goals. Options: --quick, --json FILE, --engine NAME (repeatable), --peers, --only PATTERN, --threads N,
 * --clock wall|cpu (cpu: the time that a process computed, for a machine that is busy with other work).
 */
import { renameSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { InputError } from '@trivium/schema'
import { askForNumber } from './child.ts'
import { type Clock, type Method, startMethods } from './methods.ts'
import {
  baselines,
  isPeer,
  type Line,
  linesOf,
  type MethodName,
  methodNames,
  peerNames,
  stockRounds,
} from './plan.ts'
import { crossoverTable, goalsTable, linesTable, table } from './print.ts'
import {
  crossovers,
  figure,
  goalResults,
  type Measured,
  peakOf,
  type Samples,
  speedRatio,
} from './results.ts'
import { selfConditioning } from './tasks.ts'

const say = (text: string): void => void process.stderr.write(`${text}\n`)

type Options = {
  quick: boolean
  json: string | undefined
  /** Named by the user: must start. Others are left out with a line when they do not. */
  explicit: boolean
  names: MethodName[]
  only: RegExp
  clock: Clock
  threads: number
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      engine: { type: 'string', multiple: true },
      peers: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      clock: { type: 'string', default: 'wall' },
      threads: { type: 'string', default: '1' },
    },
  })
  const engines = methodNames.filter((name) => !isPeer(name))
  const unknown = values.engine?.find((name) => !(engines as string[]).includes(name))
  if (unknown !== undefined)
    throw new InputError(`--engine '${unknown}' is unknown; use one of ${engines.join(', ')}`)
  if (values.clock !== 'wall' && values.clock !== 'cpu')
    throw new InputError(`--clock '${values.clock}' is unknown; use wall or cpu`)
  const threads = Number(values.threads)
  if (!Number.isSafeInteger(threads) || threads < 1)
    throw new InputError(
      `--threads '${values.threads}' is no number of threads; use a whole number from 1 up`,
    )
  const names = (values.engine as MethodName[] | undefined) ?? engines
  return {
    quick: values.quick,
    json: values.json,
    explicit: values.engine !== undefined,
    names: values.peers ? [...names, ...peerNames] : names,
    only: patternOf(values.only),
    clock: values.clock as Clock,
    threads,
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new InputError(`--only '${text}' is no pattern: ${(error as Error).message}`)
  }
}

/** All rounds of a line: A B C, then C B A, so that a drift of the machine meets every method alike. */
async function measureLine(line: Line, methods: readonly Method[]): Promise<Measured> {
  const samples: Samples = {}
  const absent = new Set<MethodName>(line.withoutStock === true ? ['stock'] : [])
  for (let round = 0; round < line.rounds; round++) {
    for (const { name, child } of round % 2 === 0 ? methods : methods.toReversed()) {
      if (absent.has(name) || (name === 'stock' && round >= stockRounds)) continue
      const value = await askForNumber(child, questionFor(line, name, round))
      if (value === null) absent.add(name)
      else samples[name] = [...(samples[name] ?? []), value]
    }
  }
  return { line, samples }
}

function questionFor({ question }: Line, name: MethodName, round: number): Line['question'] {
  const asked = round === 0 && 'backbone' in question ? { ...question, warm: true } : question
  if (name !== 'stock') return asked
  if (asked.task === 'train') return { ...asked, steps: 1 }
  return 'repeats' in asked ? { ...asked, repeats: 1 } : asked
}

type MemoryUse = { method: MethodName; peakMiB: number; tensorsLeft: number | null }

async function memoryOf({ name, child }: Method): Promise<MemoryUse> {
  return {
    method: name,
    peakMiB: (await askForNumber(child, { task: 'memory' })) ?? Number.NaN,
    tensorsLeft: await askForNumber(child, { task: 'tensors' }),
  }
}

function machine({ clock, threads }: Options): Record<string, unknown> {
  return {
    clock,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    threads,
    loadBefore: loadavg()[0],
  }
}

function record(
  before: Record<string, unknown>,
  methods: readonly Method[],
  measured: readonly Measured[],
  memory: readonly MemoryUse[],
): unknown {
  return {
    schemaVersion: 1,
    date: new Date().toISOString(),
    argv: process.argv.slice(2),
    machine: before,
    methods: methods.map(({ name, hello }) => ({ name, ...hello })),
    peakGflops: peakOf(measured),
    lines: measured.map((m) => ({
      id: m.line.id,
      title: m.line.title,
      unit: m.line.unit,
      samples: m.samples,
      medians: Object.fromEntries(Object.entries(m.samples).map(([name, v]) => [name, figure(v)])),
      speedRatios: Object.fromEntries(
        baselines.flatMap((base) =>
          methods
            .map(({ name }) => name)
            .filter((name) => name !== base)
            .map((name) => [`${name}/${base}`, speedRatio(m, name, base)]),
        ),
      ),
    })),
    memory,
    crossovers: crossovers(measured),
    goals: goalResults(measured),
  }
}

function write(file: string | undefined, value: unknown): void {
  if (file === undefined) return
  writeFileSync(`${file}.part`, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(`${file}.part`, file)
}

async function main(): Promise<void> {
  const options = readOptions()
  const before = machine(options)
  if ((before.loadBefore as number) > 0.5)
    say(
      `warning: the machine is busy (load ${(before.loadBefore as number).toFixed(2)}); figures will be low`,
    )
  const methods = await startMethods(options, say)
  const measured: Measured[] = []
  for (const line of linesOf(options.quick).filter(({ id }) => options.only.test(id))) {
    const start = performance.now()
    measured.push(await measureLine(line, methods))
    say(`${line.id} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
    // After every line, so that a run that is stopped keeps what it measured.
    write(options.json, record(before, methods, measured, []))
  }
  const memory: MemoryUse[] = []
  for (const method of methods) memory.push(await memoryOf(method))
  for (const { child } of methods) child.end()
  // With --only, the lines that say them may not have run.
  const [peak, found] = [peakOf(measured), crossovers(measured)]
  const share = Number.isNaN(peak)
    ? ''
    : `; peak ${peak.toFixed(1)} GFLOP/s. Share of the peak (MFU) in brackets.`
  const memoryRows = memory.map((m) => [m.method, m.peakMiB.toFixed(0), String(m.tensorsLeft ?? '–')])
  process.stdout.write(
    [
      `${before.cpu}, ${options.threads} thread${options.threads === 1 ? '' : 's'} a method, ${options.clock} clock${share}`,
      linesTable(measured, selfConditioning),
      ...(found.length === 0 ? [] : [crossoverTable(found)]),
      goalsTable(goalResults(measured)),
      table([['method', 'peak memory, MiB', 'tensors left by training'], ...memoryRows]),
      '',
    ].join('\n\n'),
  )
  write(options.json, record(before, methods, measured, memory))
}

try {
  await main()
} catch (error) {
  say((error as Error).message)
  process.exit(
    error instanceof InputError || (error as { code?: string }).code?.startsWith('ERR_PARSE') ? 2 : 1,
  )
}
