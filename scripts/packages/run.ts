/** @file A command in a process of its own, with its outcome as a value. */
import { execFile } from 'node:child_process'

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string }
type Place = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }

const limitMs = 600_000

/** Never throws for an exit code; a process that a signal ended has the code 1. */
export function run(file: string, args: readonly string[], { cwd, env }: Place): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: limitMs, maxBuffer: 2 ** 26 }
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      // A file that cannot be started leaves no output of its own.
      resolve({ code, stdout, stderr: child.pid === undefined ? String(error) : stderr })
    })
  })
}

/** @returns stdout @throws Error with the last of its output when the exit code is not 0 */
export async function must(file: string, args: readonly string[], place: Place): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, place)
  if (code !== 0)
    throw new Error(
      `${[file, ...args].join(' ')} ended with ${code}:\n${`${stdout}\n${stderr}`.trim().slice(-4000)}`,
    )
  return stdout
}
