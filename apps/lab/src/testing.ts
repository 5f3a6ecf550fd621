/** @file The command in this process, as tests call it. */
import { runCli } from './cli.ts'

export type Outcome = { readonly code: number; readonly out: string; readonly err: string }

/** What it prints and the code that it ends with. */
export async function cli(...argv: string[]): Promise<Outcome> {
  let [out, err] = ['', '']
  const code = await runCli(argv, {
    stdout: { write: (text: string) => void (out += text) },
    stderr: { write: (text: string) => void (err += text) },
  })
  return { code, out, err }
}
