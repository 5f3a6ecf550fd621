/** @file The queue as a carrier of jobs: adds each under its key, watches it, and brings back what it gave. */
import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { readJsonIfWhole, writeJson } from '@trivium/files'
import { readManifest } from '@trivium/models/node'
import { type DatasetConfig, InputError, RuntimeFailure } from '@trivium/schema'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { configuredSha256 } from '../data.ts'
import type { Job, JobHooks, JobKind, JobMap, JobRunner } from '../jobs/job.ts'
import { codeIdentity } from '../provenance.ts'
import { connect } from './connection.ts'
import { dropFolder, getFolder, hasFolder, putFolder } from './files.ts'
import { type Answer, type CarriedJob, keyOf, type Payload, type QueuedRun, queueName } from './payload.ts'

const pollMs = 300
/** A finished job is found again by whoever was cut off before it fetched the result. */
const keptSeconds = 24 * 3600

export type QueueCarrier = { readonly run: JobRunner; readonly close: () => Promise<void> }

/**
 * A carrier for the jobs of the run in `directory`.
 * @throws InputError when there is no Redis at `url`, or it refuses the password
 */
export async function queueCarrier(
  url: string,
  directory: string,
  log: (line: string) => void,
): Promise<QueueCarrier> {
  const redis = await connect(url, log)
  const queue = new Queue<Payload, Answer>(queueName, { connection: redis })
  queue.on('error', () => {})
  const run = { directory: resolve(directory), token: tokenOf(directory) }
  return {
    run: async (job, hooks) => carry({ redis, queue, run }, job, hooks),
    async close() {
      await queue.close()
      redis.disconnect()
    },
  }
}

const tokenFile = z.strictObject({ token: z.string().regex(/^[0-9a-f-]{36}$/) })
export const tokenPlace = (directory: string): string => join(directory, 'queue.json')

/** Of a run directory, or null where it has none. */
export const readToken = (directory: string): string | null =>
  tokenFile.safeParse(readJsonIfWhole(tokenPlace(directory))).data?.token ?? null

function tokenOf(directory: string): string {
  const kept = readToken(directory)
  if (kept !== null) return kept
  const token = randomUUID()
  writeJson(tokenPlace(directory), { token })
  return token
}

type Context = { readonly redis: Redis; readonly queue: Queue<Payload, Answer>; readonly run: QueuedRun }

async function carry<K extends JobKind>(
  context: Context,
  job: Job<K>,
  { onProgress, signal }: JobHooks<K> = {},
): Promise<JobMap[K]['output'] | null> {
  if (job.kind !== 'train' && job.kind !== 'evaluate')
    throw new RuntimeFailure(`a job of kind ${job.kind} is not carried by the queue`)
  const payload = await payloadOf(context, job as CarriedJob)
  const answer = await answered(context, payload, {
    signal,
    onProgress: (progress) => onProgress?.(progress as JobMap[K]['progress']),
  })
  if (answer === null) return null
  if (answer.files !== null && job.kind === 'train') {
    const { directory } = (job as Job<'train'>).input
    await getFolder(context.redis, answer.files, directory)
    await dropFolder(context.redis, answer.files)
  }
  return answer.output as JobMap[K]['output']
}

async function payloadOf({ redis, run }: Context, job: CarriedJob): Promise<Payload> {
  const code = codeIdentity()
  if (job.kind === 'train') {
    const { config, entry, directory } = job.input
    const dataset = placed(config.dataset)
    const sha256 = await configuredSha256(dataset, entry.paradigm)
    const input = { ...job.input, config: { ...config, dataset }, directory: resolve(directory) }
    return {
      job: { ...job, input },
      run,
      code,
      data: { dataset, paradigm: entry.paradigm, sha256 },
      weights: null,
    }
  }
  const { candidate } = job.input
  const checkpoint = resolve(candidate.checkpoint)
  const { dataset, paradigm, datasetSha256: sha256, files } = readManifest(checkpoint)
  const weights = files['model.safetensors'].sha256
  if (!(await hasFolder(redis, weights))) await putFolder(redis, weights, checkpoint)
  const task = candidate.task && placed(candidate.task)
  const input = { ...job.input, candidate: { ...candidate, checkpoint, ...(task && { task }) } }
  return { job: { ...job, input }, run, code, data: { dataset: placed(dataset), paradigm, sha256 }, weights }
}

/** A worker may run in another folder. */
function placed<Config extends DatasetConfig>(dataset: Config): Config {
  if ('path' in dataset && dataset.path !== undefined) return { ...dataset, path: resolve(dataset.path) }
  if ('text' in dataset && dataset.text !== undefined) return { ...dataset, text: placed(dataset.text) }
  return dataset
}

/** Waits for the answer; adds the job (again) where the queue does not know it, as after a Redis without memory. */
async function answered(
  { redis, queue }: Context,
  payload: Payload,
  { signal, onProgress }: { signal?: AbortSignal; onProgress: (progress: unknown) => void },
): Promise<Answer | null> {
  const id = keyOf(payload)
  await forgetFailed(queue, id)
  let told = ''
  for (;;) {
    const state = await queue.getJobState(id)
    if (state === 'unknown')
      await queue.add(payload.job.name, payload, {
        jobId: id,
        removeOnComplete: { age: keptSeconds },
        removeOnFail: { age: keptSeconds },
      })
    if (state === 'completed') {
      const done = await queue.getJob(id)
      const answer = done?.returnvalue ?? null
      if (answer !== null && (answer.files === null || (await hasFolder(redis, answer.files)))) return answer
      // Its files were fetched by a run directory that is gone.
      await done?.remove()
    }
    if (state === 'failed') throw failureOf(payload.job.name, (await queue.getJob(id))?.failedReason ?? '')
    const progress = await redis.hget(queue.toKey(id), 'progress')
    if (progress !== null && progress !== told && progress.startsWith('{')) onProgress(JSON.parse(progress))
    told = progress ?? ''
    if (signal?.aborted === true) {
      // Whoever works on it goes on, and the same command finds what it gave; what waits need not begin.
      await (await queue.getJob(id))?.remove().catch(() => {})
      return null
    }
    await new Promise((done) => setTimeout(done, pollMs))
  }
}

/** What failed once is tried again by the next command. */
async function forgetFailed(queue: Queue<Payload, Answer>, id: string): Promise<void> {
  if ((await queue.getJobState(id)) === 'failed') await (await queue.getJob(id))?.remove()
}

/** The worker says of an error whether it is the input's. */
export const inputMark = 'input: '

function failureOf(name: string, reason: string): Error {
  return reason.startsWith(inputMark)
    ? new InputError(`${name}: ${reason.slice(inputMark.length)}`)
    : new RuntimeFailure(`${name}: ${reason}; run the same command again to resume`)
}
