/** @file What stands on the queue: a job with the key that it is done once for, and all that a worker has to agree with. */
import { sha256 } from '@trivium/files'
import { canonicalJson, type DatasetConfig, type Paradigm } from '@trivium/schema'
import type { Job, JobMap } from '../jobs/job.ts'
import type { CodeIdentity } from '../provenance.ts'

export const queueName = 'trivium'

/** What can be done far from the run directory: the rest needs this machine, or takes a moment. */
export type CarriedKind = 'train' | 'evaluate'
export type CarriedJob = { [K in CarriedKind]: Job<K> & { readonly kind: K } }[CarriedKind]

/** The run that a job is of. */
export type QueuedRun = {
  /** Absolute, where the run was started. */
  readonly directory: string
  /** Stands in `queue.json` there: a worker that finds it shares the folder. */
  readonly token: string
}
export type Payload = {
  readonly job: CarriedJob
  readonly run: QueuedRun
  readonly code: CodeIdentity
  readonly data: { readonly dataset: DatasetConfig; readonly paradigm: Paradigm; readonly sha256: string }
  /** Of the weights that are evaluated: the name under which their files stand on the queue. */
  readonly weights: string | null
}
export type Answer = {
  readonly output: JobMap[CarriedKind]['output']
  /** The name under which the files of a training stand on the queue; null where the folder is shared. */
  readonly files: string | null
}

/** One for one piece of work: whoever adds it again finds it. A command line tells nothing of the work. */
export function keyOf({ job, run, code, data, weights }: Payload): string {
  const { argv: _, ...input } = job.input as JobMap['train']['input'] & JobMap['evaluate']['input']
  return sha256(
    canonicalJson({ kind: job.kind, name: job.name, input, token: run.token, code, data, weights }),
  )
}
