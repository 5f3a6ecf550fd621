/** @file `doctor`: what works on this machine, exactly why the rest does not, and what `auto` takes by measurement. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import type { EngineProbe } from '@trivium/engine/node'
import { type Calibration, type EngineUse, engineUses } from '@trivium/schema'
import { type CommandContext, type Register } from '../context.ts'
import { examples, table } from '../text.ts'

type DoctorOptions = { json?: true; calibrate?: true }

export const register: Register = (command, context) => {
  command
    .option('--calibrate', 'measure the engines again, for the small and the base preset')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['doctor', 'before the first training'],
        ['doctor --calibrate', 'after the machine or its load has changed'],
        ['doctor --json', 'for a script'],
      ),
    )
    .action(async (options: DoctorOptions) => run(options, context()))
}

async function run({ json, calibrate }: DoctorOptions, { print, progress }: CommandContext): Promise<void> {
  const { probeEngines, CALIBRATION_FILE } = await import('@trivium/engine/node')
  const { listDatasets } = await import('@trivium/corpus/node')
  const [engines, datasets] = await Promise.all([probeEngines(), listDatasets()])
  const calibration = await calibrations(calibrate === true, progress.log)
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
  const { ranking } = await import('@trivium/engine/node')
  const sizes = calibration.map((c) => ({
    ...c,
    auto: { training: ranking(c, 'training')[0] ?? null, sampling: ranking(c, 'sampling')[0] ?? null },
  }))
  if (json === true) {
    print(
      JSON.stringify({ machine, engines, calibration: sizes, calibrationFile: CALIBRATION_FILE, datasets }),
    )
    return
  }
  print(`machine   node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB`)
  printEngines(engines, print)
  print('auto takes the fastest of these: ms of two blocks in training, and forward at batch 1')
  for (const size of sizes) for (const line of sizeLines(size)) print(line)
  print('datasets')
  for (const line of table(datasets.map(({ name, title, source }) => [`  ${name}`, title, source])))
    print(line)
}

/** What is kept of this machine; the small preset at least, and with `again` the small and the base preset anew. */
async function calibrations(again: boolean, log: (line: string) => void): Promise<Calibration[]> {
  const { calibrate, defaultWorkload, keptSizes, threadsOf } = await import('@trivium/engine/node')
  const threads = threadsOf({})
  const kept = keptSizes()
  const widths = again ? [128, 256] : kept.length === 0 ? [128] : []
  const measured: Calibration[] = []
  for (const width of widths)
    measured.push((await calibrate({ ...defaultWorkload, width }, threads, { again, log })).calibration)
  const rest = kept.filter((c) => !measured.some((m) => sizeOf(m) === sizeOf(c)))
  return [...rest, ...measured].sort((a, b) => a.width - b.width)
}

const sizeOf = ({ width, length, batch, threads }: Calibration): string =>
  `width ${width}, batch ${batch} × ${length}${threads === null ? '' : `, ${threads} thread${threads === 1 ? '' : 's'}`}`

function printEngines(engines: readonly EngineProbe[], print: CommandContext['print']): void {
  print('engines')
  const rows = engines.map(({ name, loads, detail, gemmGflops }) => [
    `  ${name}`,
    loads ? 'loads' : 'no',
    gemmGflops === undefined ? '' : `${gemmGflops.toFixed(1)} GFLOP/s`,
    detail,
  ])
  const lines = table(rows)
  for (const [i, { loads, advice }] of engines.entries()) {
    print(lines[i])
    if (!loads && advice !== undefined) print(`    to do: ${advice}`)
  }
}

type Size = Calibration & { auto: Record<EngineUse, string | null> }

function sizeLines(size: Size): string[] {
  const ms = (value: number, wins: boolean): string => `${value.toFixed(1)} ms${wins ? ' ←' : ''}`
  const rows = size.figures.map(({ candidate, label, trainMs, forwardMs }) => [
    `    ${candidate === 'wasm+blas' ? label : candidate}`,
    ...engineUses.map((use) => ms(use === 'training' ? trainMs : forwardMs, size.auto[use] === candidate)),
  ])
  return [
    `  ${sizeOf(size)}`,
    ...(rows.length === 0 ? ['    wasm, the only one that loads'] : table(rows)),
    ...size.failures.map(({ candidate, reason }) => `    ${candidate}: ${reason}`),
  ]
}
