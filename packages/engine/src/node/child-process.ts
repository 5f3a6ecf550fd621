/** @file Asking a child process of our own one question: a library that crashes takes only the child with it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { firstLine } from '../starting.ts'

const limitSeconds = 60

/**
 * Runs `<name>.ts` (`.js` when built) of this folder and returns its last line as JSON.
 * @throws Error that says in one line what ended it
 */
export async function askChild(name: 'probe-child' | 'calibration-child', argv: string[]): Promise<unknown> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const child = fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url))
  const flags = loaderFlags(process.execArgv)
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, child, String(process.pid), ...argv],
      {
        timeout: limitSeconds * 1000,
        killSignal: 'SIGKILL',
      },
    )
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  } catch (error) {
    throw new Error(causeOfDeath(error), { cause: error })
  }
}

/** What execFile knows of a child that failed; its own message only repeats the command line. */
function causeOfDeath(error: unknown): string {
  const { killed, signal, stderr } = error as { killed?: boolean; signal?: string | null; stderr?: string }
  if (killed === true) return `it took longer than ${limitSeconds} s`
  if (typeof signal === 'string') return `ended by ${signal}`
  return stderr?.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? firstLine(error)
}

/** How this process finds and loads modules. All other flags stay here: with `--eval` the child would probe again. */
function loaderFlags(argv: readonly string[]): string[] {
  return argv.flatMap((flag, i) => {
    if (!/^(?:--conditions|-C|--import|--require|-r|--loader|--experimental-loader)(?:=|$)/.test(flag))
      return []
    return flag.includes('=') ? [flag] : [flag, argv[i + 1]]
  })
}
