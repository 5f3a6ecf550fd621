/** @file What a user does with the installed packages, done under one Node: programs, require(), the command. */
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Outside } from './outside.ts'
import { type Outcome, run } from './run.ts'

/** What went wrong under the Node of this binary, one line each. */
export async function useFaults(outside: Outside, node: string, label: string): Promise<string[]> {
  const faults = [
    ...(await programFaults(outside, node)),
    ...(await requireFaults(outside, node)),
    ...(await commandFaults(outside, node, label)),
  ]
  return faults.map((fault) => `node ${label}: ${fault}`)
}

const tail = ({ stdout, stderr }: Outcome): string => `${stdout}${stderr}`.trim().slice(-1500)

async function programFaults({ folder, programs }: Outside, node: string): Promise<string[]> {
  const faults: string[] = []
  for (const name of programs) {
    const outcome = await run(node, [join('js', `${name}.js`)], { cwd: folder })
    if (outcome.code !== 0) faults.push(`${name} ended with ${outcome.code}: ${tail(outcome)}`)
  }
  return faults
}

/** CommonJS may require every entry: there is a condition for it and no top-level await behind it. */
async function requireFaults({ folder, packages }: Outside, node: string): Promise<string[]> {
  const names = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {}).map((entry) => `${manifest.name}${entry.slice(1)}`),
  )
  const faults: string[] = []
  for (const name of names) {
    const script = `if (Object.keys(require('${name}')).length === 0) throw new Error('it exports nothing')`
    const outcome = await run(node, ['--input-type=commonjs', '--eval', script], { cwd: folder })
    if (outcome.code !== 0) faults.push(`require('${name}'): ${tail(outcome)}`)
  }
  return faults
}

type Expectation = {
  readonly args: readonly string[]
  /** 0 when absent. */
  readonly code?: number
  readonly shows?: RegExp
}

async function commandFaults({ folder, packages }: Outside, node: string, label: string): Promise<string[]> {
  const env = {
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    TRIVIUM_ENGINE_CACHE: join(folder, 'engine-cache'),
  }
  const out = join('runs', label)
  const faults: string[] = []
  for (const { args, code = 0, shows } of expectations(packages[0].manifest.version, out)) {
    const outcome = await run('npx', ['--no-install', 'trivium', ...args], { cwd: folder, env })
    const text = `${outcome.stdout}${outcome.stderr}`
    const what = `npx trivium ${args.join(' ')}`
    if (outcome.code !== code) faults.push(`${what} ended with ${outcome.code}: ${tail(outcome)}`)
    else if (shows !== undefined && !shows.test(text))
      faults.push(`${what} does not show ${shows}: ${tail(outcome)}`)
    if (/\bpnpm\b/.test(text)) faults.push(`${what} speaks of pnpm: ${/.*\bpnpm\b.*/.exec(text)?.[0]}`)
  }
  const report = join(folder, out, 'report.html')
  if (!existsSync(report) || !readFileSync(report, 'utf8').includes('</html>'))
    faults.push(`there is no ${report}`)
  return faults
}

/** The commands of the app's README among them; `first.yaml` is the one that stands there. */
function expectations(version: string, out: string): Expectation[] {
  const checkpoints = 'node_modules/@trivium/checkpoints'
  const commands = ['doctor', 'train', 'sample', 'eval', 'compare', 'report', 'ls', 'data']
  return [
    { args: ['--version'], shows: new RegExp(`^${version.replaceAll('.', '\\.')}\n$`) },
    { args: ['--help'], shows: /npx trivium doctor/ },
    ...commands.map((command) => ({
      args: [command, '--help'],
      shows: new RegExp(`npx trivium ${command}`),
    })),
    { args: ['data', 'moby-dick'], shows: /sha256 [0-9a-f]{64}/ },
    { args: ['ls', 'models'], shows: /sotu-masked/ },
    { args: ['doctor'], shows: /wasm +loads/ },
    {
      args: [
        'sample',
        '--checkpoint',
        `${checkpoints}/sotu-masked`,
        '--infill',
        'the state of [[12]] is strong',
      ],
      shows: /^the state of .{12} is strong$/m,
    },
    {
      args: ['compare', '--config', 'first.yaml', '--out', out, '--set', 'training.tokens=4096'],
      shows: /report\.html/,
    },
    { args: ['sample', '--checkpoint', join(out, 'models/masked/checkpoints/best'), '--engine', 'wasm'] },
    { args: ['report', out], shows: /report\.html/ },
    { args: ['sample', '--checkpoint', 'nowhere'], code: 2, shows: /no checkpoint at nowhere/ },
    { args: ['compare', '--config', 'nothing.yaml'], code: 2, shows: /no config file nothing\.yaml/ },
    { args: ['data', 'nothing'], code: 2, shows: /no dataset 'nothing'.*moby-dick/ },
    {
      args: ['sample', '--checkpoint', `${checkpoints}/sotu-ar`, '--engine', 'webgpu'],
      code: 2,
      shows: /npm install webgpu/,
    },
  ]
}
