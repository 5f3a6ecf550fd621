/**
 * @file A worker of the queue: takes jobs, has each done in a process of its own, and gives back what came out. A job whose worker
 * vanished is taken by another after `lockMs`; one of other code or other data is handed back, and the worker ends.
 */
import { existsSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { isLocked } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { DelayedError, type Job as QueueJob, UnrecoverableError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { configuredSha256 } from '../data.ts'
import type { JobMap } from '../jobs/job.ts'
import { inWorkers, type Work } from '../jobs/pool.ts'
import { codeIdentity } from '../provenance.ts'
import { connect } from './connection.ts'
import { dropFolder, getFolder, putFolder } from './files.ts'
import { type Answer, type CarriedJob, type CarriedKind, type Payload, queueName } from './payload.ts'
import { inputMark, readToken } from './runner.ts'

/** A worker says so often that it lives; a silent one has lost its job. */
const lockMs = 10_000
const stalledMs = 5000
/** A job that is handed back waits so long for others to take it. */
const handedBackMs = 1000
/** The process of a worker that was killed saves its training, and ends. */
const waitForLockMs = 60_000

type JobProgress = JobMap[CarriedKind]['progress']

export type QueueWorkerOptions = {
  readonly url: string
  /** Jobs at a time. */
  readonly jobs: number
  /** Where runs are kept whose own folder cannot be seen from here. */
  readonly folder: string
  readonly log: (line: string) => void
  readonly onProgress?: (name: string, progress: JobProgress) => void
  readonly signal: AbortSignal
}

/**
 * Works until `signal` fires; what is under way is saved and handed back.
 * @throws InputError when Redis is away, or a job came from other code or about other data: it is left to others
 */
export async function runQueueWorker(options: QueueWorkerOptions): Promise<void> {
  const { url, jobs, log, signal } = options
  codeIdentity()
  const redis = await connect(url, log)
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let refused: InputError | null = null
  const refuse = (error: InputError): void => {
    refused ??= error
    stop.abort()
  }
  const worker = new Worker<Payload, Answer>(
    queueName,
    async (job, token) => {
      try {
        if (either.aborted) throw new HandedBack()
        await checkAgreement(job.data)
        return await perform(job, { ...options, redis, signal: either })
      } catch (error) {
        if (error instanceof Disagreement) refuse(new InputError(error.message))
        if (error instanceof Disagreement || error instanceof HandedBack) {
          await job.moveToDelayed(Date.now() + handedBackMs, token)
          throw new DelayedError()
        }
        const { message } = error as Error
        throw new UnrecoverableError(error instanceof InputError ? `${inputMark}${message}` : message)
      }
    },
    {
      connection: redis,
      concurrency: jobs,
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      // A worker may vanish as often as it likes: every job is done in the end.
      maxStalledCount: 1_000_000,
    },
  )
  worker.on('error', () => {})
  await new Promise<void>((done) => {
    if (either.aborted) done()
    either.addEventListener('abort', () => done())
  })
  await worker.close()
  redis.disconnect()
  if (refused !== null) throw refused
}

/** The worker stops: whoever comes next takes the job. */
class HandedBack extends Error {}
/** The job is for other workers. */
class Disagreement extends Error {}

async function checkAgreement({ job, code, data }: Payload): Promise<void> {
  const own = codeIdentity()
  const words = ({ trivium, gitSha, numbers, results }: typeof own): string =>
    `${trivium}${gitSha === null ? '' : ` at ${gitSha.slice(0, 12)}`}, numbers ${numbers}, results ${results}`
  if (words(own) !== words(code))
    throw new Disagreement(
      `the job '${job.name}' is of Trivium ${words(code)}; this worker is of ${words(own)} and leaves it to others; bring both to one version`,
    )
  let sha256: string
  try {
    sha256 = await configuredSha256(data.dataset, data.paradigm)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new Disagreement(`the data of the job '${job.name}' cannot be read here: ${error.message}`)
  }
  if (sha256 !== data.sha256)
    throw new Disagreement(
      `the job '${job.name}' is about data with sha256 ${data.sha256.slice(0, 12)}…, here they have ${sha256.slice(0, 12)}…; this worker leaves it to others; bring the same data here`,
    )
}

type Performing = QueueWorkerOptions & { readonly redis: Redis }

async function perform(queued: QueueJob<Payload, Answer>, context: Performing): Promise<Answer> {
  const { redis, folder, signal, log, onProgress } = context
  const { job, run, weights } = queued.data
  const shared = readToken(run.directory) === run.token
  const own = join(folder, /^[0-9a-f-]{36}$/.exec(run.token)?.[0] ?? 'none')
  const placed = shared ? job : placedJob(queued.data, own)
  if (!shared && placed.kind === 'evaluate' && weights !== null) {
    const { checkpoint } = placed.input.candidate
    if (!existsSync(join(checkpoint, 'model.safetensors'))) await getFolder(redis, weights, checkpoint)
  }
  if (placed.kind === 'train') await unlocked(join(placed.input.directory, 'checkpoints'), signal)
  log(`${placed.kind}: ${placed.name}`)
  const hooks = {
    signal,
    onProgress(progress: object) {
      onProgress?.(placed.name, progress as JobProgress)
      void queued.updateProgress(progress).catch(() => {})
    },
  }
  const work: Work<Answer['output'] | null> = (runJob) =>
    placed.kind === 'train' ? runJob(placed, hooks) : runJob(placed, hooks)
  const [done] = await inWorkers([work], { jobs: 1, signal })
  if (done === null || ('finished' in done && !done.finished)) throw new HandedBack()
  log(`done: ${placed.name}`)
  if (shared || placed.kind !== 'train') return { output: done, files: null }
  const files = `${run.token}:${placed.name}`
  await dropFolder(redis, files)
  await putFolder(redis, files, placed.input.directory)
  return { output: done, files }
}

/** The job with its places below a folder of this machine. */
function placedJob({ job, run, weights }: Payload, own: string): CarriedJob {
  if (job.kind === 'train')
    return { ...job, input: { ...job.input, directory: below(own, run.directory, job.input.directory) } }
  // Weights come by their hash, wherever they stood.
  const checkpoint = join(own, 'evaluated', /^[0-9a-f]{64}$/.exec(weights ?? '')?.[0] ?? 'none')
  return { ...job, input: { ...job.input, candidate: { ...job.input.candidate, checkpoint } } }
}

/** @throws InputError when the place is not inside of the run */
function below(own: string, directory: string, place: string): string {
  const path = relative(directory, resolve(place))
  if (path === '' || path.startsWith('..') || path.startsWith(sep))
    throw new InputError(`the job works in ${place}, which is outside of its run ${directory}`)
  return join(own, path)
}

/** Waits until nobody works in the folder, or the time is over: then the lock says who does. */
async function unlocked(folder: string, signal: AbortSignal): Promise<void> {
  const end = Date.now() + waitForLockMs
  while (isLocked(folder) && Date.now() < end && !signal.aborted)
    await new Promise((done) => setTimeout(done, 200))
}
