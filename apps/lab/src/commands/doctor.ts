/** @file `doctor`: what works on this machine, and exactly why the rest does not. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import { type CommandContext, examples, type Register, table } from '../context.ts'

export const register: Register = (program, context) => {
  program
    .command('doctor')
    .description(
      'which engines load here, which do not and why, how fast they multiply, and the datasets at hand',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(['doctor', 'before the first training'], ['doctor --json', 'for a script']),
    )
    .action(async (options: { json?: true }) => run(options, context()))
}

async function run({ json }: { json?: true }, { print }: CommandContext): Promise<void> {
  const { probeEngines } = await import('@trivium/engine/node')
  const { listDatasets } = await import('@trivium/corpus/node')
  const [engines, datasets] = await Promise.all([probeEngines(), listDatasets()])
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
  const auto = engines.find((engine) => engine.loads)?.name ?? null
  if (json === true) {
    print(JSON.stringify({ machine, engines, auto, datasets }))
    return
  }
  print(`machine   node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB`)
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
  print(auto === null ? 'auto finds no engine: run pnpm install again' : `auto takes ${auto}`)
  print('datasets')
  for (const line of table(datasets.map(({ name, title, source }) => [`  ${name}`, title, source])))
    print(line)
}
