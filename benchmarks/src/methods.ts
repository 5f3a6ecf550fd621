/** @file The methods that are compared, each a process of its own with the same number of threads. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { InputError } from '@trivium/schema'
import { type Child, startChild } from './child.ts'
import { isPeer, type MethodName, type PeerName } from './plan.ts'
import type { Hello } from './protocol.ts'

/** What milliseconds are counted: the wall's, or those the process computed. */
export type Clock = 'wall' | 'cpu'
export type Method = { readonly name: MethodName; readonly child: Child; readonly hello: Hello }

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const python = path('../peers/.venv/bin/python')

const peerModes: Readonly<Record<PeerName, string>> = { pytorch: 'eager', 'pytorch-compile': 'compile' }

/**
 * Starts a method's process and its engine.
 * @param threads of every method alike
 * @throws InputError when it is not installed or does not start, with the reason.
 */
async function startMethod(name: MethodName, clock: Clock = 'wall', threads = 1): Promise<Method> {
  if (isPeer(name) && !existsSync(python))
    throw new InputError('the PyTorch peer is not installed; run pnpm bench:peers:install')
  const child = isPeer(name)
    ? startChild(python, [path('../peers/peer.py'), peerModes[name]], {
        OMP_NUM_THREADS: String(threads),
        TRIVIUM_BENCH_CLOCK: clock,
      })
    : startChild(
        process.execPath,
        ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx'), path('./worker.ts'), name],
        { OPENBLAS_NUM_THREADS: String(threads), TRIVIUM_BENCH_CLOCK: clock },
      )
  const answer = await child.ask({ task: 'hello', threads })
  if ('ok' in answer) return { name, child, hello: answer.ok as Hello }
  child.end()
  throw new InputError(
    `the method '${name}' does not start: ${'error' in answer ? answer.error : 'no answer'}`,
  )
}

/**
 * Starts methods one after the other. One that does not start is left out with a line, unless its user named it: all engines
 * when `explicit`, and the eager peer.
 * @throws InputError for one that was named
 */
export async function startMethods(
  {
    names,
    explicit,
    clock,
    threads,
  }: {
    readonly names: readonly MethodName[]
    readonly explicit: boolean
    readonly clock?: Clock
    readonly threads?: number
  },
  say: (line: string) => void,
): Promise<Method[]> {
  const methods: Method[] = []
  for (const name of names) {
    try {
      const method = await startMethod(name, clock, threads)
      methods.push(method)
      say(`${name}: ${method.hello.detail}`)
    } catch (error) {
      if (name === 'pytorch' || (explicit && !isPeer(name))) throw error
      say(`left out: ${(error as Error).message}`)
    }
  }
  return methods
}
