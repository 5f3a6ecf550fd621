/** @file The methods that are compared, each a process of its own with the same number of threads. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { InputError } from '@trivium/schema'
import { type Child, startChild } from './child.ts'
import type { MethodName } from './plan.ts'
import type { Hello } from './protocol.ts'

/** What milliseconds are counted: the wall's, or those the process computed. */
export type Clock = 'wall' | 'cpu'
export type Method = { readonly name: MethodName; readonly child: Child; readonly hello: Hello }

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const python = path('../peers/.venv/bin/python')

/**
 * Starts a method's process and its engine.
 * @param threads of every method alike
 * @throws InputError when it is not installed or does not start, with the reason.
 */
export async function startMethod(name: MethodName, clock: Clock = 'wall', threads = 1): Promise<Method> {
  if (name === 'pytorch' && !existsSync(python))
    throw new InputError('the PyTorch peer is not installed; run pnpm bench:peers:install')
  const child =
    name === 'pytorch'
      ? startChild(python, [path('../peers/peer.py')], {
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
