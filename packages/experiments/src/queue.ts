/** @file The queue: jobs carried by Redis to workers on any machine. Apart, so that nobody else loads its client. */
export { placeOf } from './queue/connection.ts'
export { type QueueCarrier, queueCarrier } from './queue/runner.ts'
export { type QueueWorkerOptions, runQueueWorker } from './queue/worker.ts'
