/**
 * @file Child process: does one job and talks to its parent by messages. It ends with its parent, whatever ended that.
 */
import { endWithParent } from '@trivium/files'
import { InputError } from '@trivium/schema'
import type { Job, JobKind } from './job.ts'

export type WorkerMessage =
  | { type: 'progress'; progress: unknown }
  | { type: 'done'; output: unknown }
  | { type: 'failed'; message: string; input: boolean; stack?: string }

// Before all else: on a busy machine the rest takes seconds to load, and the parent may be gone by then.
const watch = endWithParent(Number(process.argv[2]))

const stop = new AbortController()
const tell = (message: WorkerMessage): Promise<void> =>
  new Promise((resolve) => (process.connected ? process.send?.(message, () => resolve()) : resolve()))

// It is the parent's; when its reader has gone the work goes on.
process.stderr.on('error', () => {})
// Without a parent only a training has something to save; what others measure would reach nobody.
let saves = false
const savingMs = 4000
process.on('disconnect', () => (saves ? stop.abort() : process.exit(1)))
process.on('message', (message: Job | 'stop') => {
  if (message === 'stop') {
    stop.abort()
    return
  }
  saves = message.kind === 'train'
  if (saves) watch.setGrace(savingMs)
  void work(message)
})

async function work<K extends JobKind>({ kind, input }: Job<K>): Promise<void> {
  try {
    const [{ includeInherited }, { does }] = await Promise.all([import('../include.ts'), import('./work.ts')])
    await includeInherited()
    const onProgress = (progress: unknown): void => void tell({ type: 'progress', progress })
    await tell({ type: 'done', output: await does[kind](input, { onProgress, signal: stop.signal }) })
    process.exit(0)
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    await tell({ type: 'failed', message, input: error instanceof InputError, stack })
    process.exit(1)
  }
}
