/** @file Other programs: run one quietly, and keep of its output the one line that says what went wrong. */
import { spawnSync } from 'node:child_process'

export type Outcome = { ok: boolean; stdout: string /** Why not, in one line. */; reason: string }

export function runProgram(program: string, args: readonly string[], cwd?: string): Outcome {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error !== undefined) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { ok: false, stdout: '', reason: missing ? `${program} is not installed` : error.message }
  }
  if (status === 0) return { ok: true, stdout, reason: '' }
  const said = tellingLine(stderr) ?? tellingLine(stdout) ?? 'it said nothing'
  return { ok: false, stdout, reason: `${signal === null ? `exit ${status}` : signal}: ${said}` }
}

/** The first line that names an error; else the last one. */
export function tellingLine(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim())
  const spoken = lines.filter((line) => line !== '')
  return spoken.find((line) => /\berror\b|\berr!|No module named/i.test(line)) ?? spoken.at(-1)
}

/** Whether the program can be started at all. */
export const programWorks = (program: string, args: readonly string[] = ['--version']): boolean =>
  runProgram(program, args).ok
