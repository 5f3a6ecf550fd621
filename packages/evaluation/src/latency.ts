/** @file The latency protocol: warm up until it is steady, then interleave the methods ABBA. A scheduler with a clock. */
import { InputError, type Latency } from '@trivium/schema'
import { percentiles } from './statistics/percentiles.ts'

export type TimedRun = {
  /** The whole batch with its download; the scheduler's clock around `run` when absent. */
  readonly ms?: number
  readonly msFirstToken: number
  /** Tokens written for one text, up to the first stop token; of a batch the mean. */
  readonly tokens: number
}
export type TimedMethod = {
  readonly id: string
  /** Texts in one run; 1 when absent. */
  readonly batch?: number
  /** Methods of one shape share a warm-up; a shape of its own when absent. */
  readonly shape?: string
  run(seed: number): Promise<TimedRun>
}
export type LatencyOptions = {
  /** Timed runs of each method. */
  readonly repeats: number
  /** Repeat r of every method runs with seed + r. */
  readonly seed?: number
  /** Warm-up runs of a method at most; 12 when absent. */
  readonly warmupMost?: number
  /** ms; for tests. `performance.now` when absent. */
  readonly now?: () => number
  readonly onWarm?: (id: string, warmup: { runs: number; steady: boolean }) => void
  /** After each timed run; warm-up is over then. */
  readonly onTimed?: (id: string) => void
}

/**
 * Times the methods: each shape is warmed up until it is steady (see `isSteady`; further methods of a steady shape run
 * once), then all run once a round, forwards and backwards in turn
 * (A B C, C B A, …), so that a drift of the machine hits all alike.
 * @returns a latency for each method's id; p90 is null below 64 repeats
 */
export async function measureLatency(
  methods: readonly TimedMethod[],
  options: LatencyOptions,
): Promise<Map<string, Latency>> {
  const { repeats, seed = 1, warmupMost = 12, now = () => performance.now() } = options
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new InputError(`latency repeats ${repeats} is not a positive integer; pass at least 1`)
  const timed = async (method: TimedMethod, runSeed: number): Promise<Required<TimedRun>> => {
    const start = now()
    const run = await method.run(runSeed)
    return { ...run, ms: run.ms ?? now() - start }
  }
  const warmed = new Set<string>()
  for (const method of methods) {
    const shape = method.shape ?? method.id
    const most = warmed.has(shape) ? 1 : warmupMost
    const warm: number[] = []
    while (warm.length < most && !isSteady(warm)) warm.push((await timed(method, seed + warm.length)).ms)
    if (isSteady(warm)) warmed.add(shape)
    options.onWarm?.(method.id, { runs: warm.length, steady: warmed.has(shape) })
  }
  const runs = new Map(methods.map((method) => [method.id, [] as Required<TimedRun>[]]))
  for (let round = 0; round < repeats; round++)
    for (const method of round % 2 === 0 ? methods : [...methods].reverse()) {
      runs.get(method.id)?.push(await timed(method, seed + round))
      options.onTimed?.(method.id)
    }
  return new Map(methods.map(({ id, batch = 1 }) => [id, summarise(runs.get(id) ?? [], batch)]))
}

/** Whether the last five running medians (of the first k runs, k = n − 4 … n) lie within 5% of one another. */
export function isSteady(ms: readonly number[]): boolean {
  if (ms.length < 5) return false
  const medians = [4, 3, 2, 1, 0].map((back) => median(ms.slice(0, ms.length - back)))
  return Math.max(...medians) <= 1.05 * Math.min(...medians)
}

const median = (values: readonly number[]): number => percentiles(values).p50

function summarise(runs: readonly Required<TimedRun>[], batch: number): Latency {
  const { n, p50, p90, ci95 } = percentiles(runs.map((run) => run.ms))
  const tokens = Math.round(median(runs.map((run) => run.tokens)))
  return {
    batch,
    tokens,
    n,
    p50,
    p90,
    ci95,
    msFirstToken: median(runs.map((run) => run.msFirstToken)),
    tokensPerSecond: (1000 * batch * tokens) / p50,
  }
}
