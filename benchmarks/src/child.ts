/** @file A long-lived process that answers questions, ours or the peer's: lines of JSON over its pipes. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { RuntimeFailure } from '@trivium/schema'
import type { Answer, Question } from './protocol.ts'

export type Child = {
  /** One question at a time. Never rejects: a dead process is an error answer. */
  ask(question: Question): Promise<Answer>
  end(): void
}

export function startChild(command: string, argv: readonly string[], env: Record<string, string>): Child {
  const child = spawn(command, argv, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const gone = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, signal) => resolve(`the process ended (${signal ?? `exit code ${code}`})`))
  })
  // A write to a dead process fails here; `gone` tells why.
  child.stdin.on('error', () => {})
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      const line = await lines.next()
      if (line.done === true) return { error: await gone }
      return JSON.parse(line.value) as Answer
    },
    end: () => child.stdin.end(),
  }
}

/** @throws RuntimeFailure when the process gives an error. */
export async function askForNumber(child: Child, question: Question): Promise<number | null> {
  const answer = await child.ask(question)
  if ('unsupported' in answer) return null
  if ('error' in answer) throw new RuntimeFailure(answer.error)
  return (answer.ok as { value: number }).value
}
