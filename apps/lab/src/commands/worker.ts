/** @file `worker`: takes the jobs of sweeps and comparisons from a queue, on this machine. */
import { checkFolder } from '@trivium/files'
import { Stopped } from '@trivium/schema'
import { type CommandContext, include, includeOption, jobsOption, type Register } from '../context.ts'
import { queueOf, queueOption } from '../queue-option.ts'
import { examples } from '../text.ts'

type WorkerOptions = { queue?: string; jobs?: number; folder: string; include?: string[] }

export const register: Register = (command, context) => {
  command
    .addOption(queueOption())
    .addOption(includeOption())
    .addOption(jobsOption())
    .option('--folder <folder>', 'where runs are kept whose own folder is not seen from here', 'runs/.worker')
    .addHelpText(
      'after',
      examples(
        ['worker --queue redis://localhost:6379', 'a job at a time, until Ctrl-C'],
        ['worker --jobs 2', 'two at a time, of the queue that TRIVIUM_QUEUE names'],
      ),
    )
    .action(async (options: WorkerOptions) => run(options, context()))
}

async function run(options: WorkerOptions, { progress, signal }: CommandContext): Promise<void> {
  const url = queueOf(options.queue)
  checkFolder(options.folder)
  await include(options.include)
  const { trainingUpdate } = await import('../updates.ts')
  const { placeOf, runQueueWorker } = await import('@trivium/experiments/queue')
  progress.log(`worker of ${placeOf(url)}; Ctrl-C stops it, and what it does is left to others`)
  await runQueueWorker({
    url,
    jobs: options.jobs ?? 1,
    folder: options.folder,
    signal,
    log: progress.log,
    onProgress: (name, update) => progress.update(name, 'what' in update ? update : trainingUpdate(update)),
  })
  progress.settle()
  throw new Stopped()
}
