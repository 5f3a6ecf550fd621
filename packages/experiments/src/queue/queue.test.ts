/** The queue on a real Redis: a training that comes back in chunks, workers that do not fit, and what is wrong in one line. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEngine } from '@trivium/engine/node'
import { experimentConfigSchema, InputError } from '@trivium/schema'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../jobs/job.ts'
import { modelDirectory } from '../model-directory.ts'
import { codeIdentity } from '../provenance.ts'
import { connect, placeOf } from './connection.ts'
import { dropFolder, getFolder, hasFolder, putFolder } from './files.ts'
import { keyOf, type Payload, queueName } from './payload.ts'
import { queueCarrier } from './runner.ts'
import { redisMissing, startRedis, type TestRedis } from './testing.ts'
import { runQueueWorker } from './worker.ts'

const missing = redisMissing()
// Said once, so that nobody takes a skipped test for a passed one.
if (missing !== null) process.stderr.write(`the queue is not tested: ${missing}\n`)

const folder = mkdtempSync(join(tmpdir(), 'queue-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const quiet = (): void => {}

it('an address is shown without its password, and is checked', () => {
  expect(placeOf('redis://:secret@host/2')).toBe('redis://host:6379/2')
  for (const url of ['host:6379', 'http://host', 'redis://', 'nonsense'])
    expect(() => placeOf(url), url).toThrow(/^the queue [^\n]*is no address of Redis; wanted is redis:/)
})

describe.skipIf(missing !== null)('on a real Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis('secret')
  })
  afterAll(() => redis.stop())

  it.each([
    [
      'away',
      () => 'redis://127.0.0.1:1',
      /^there is no Redis at redis:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\); start one/,
    ],
    ['of no password', () => `redis://127.0.0.1:${redis.port}`, /refuses the password \(NOAUTH\)/],
    [
      'of a wrong password',
      () => `redis://:wrong@127.0.0.1:${redis.port}`,
      /refuses the password \(WRONGPASS\)/,
    ],
  ])('a Redis %s is one line', async (_, url, wanted) => {
    const failure = await connect(url(), quiet).then(
      (client) => client.disconnect(),
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(InputError)
    expect((failure as Error).message).toMatch(wanted)
    expect((failure as Error).message).not.toMatch(/wrong@|secret|\n/)
  })

  it('files come back as they were, and never outside of their folder', async () => {
    const client = await connect(redis.url, quiet)
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    mkdirSync(join(from, 'deep'), { recursive: true })
    const bytes = Buffer.from(Uint8Array.from({ length: 2_500_000 }, (_, i) => i * 31))
    writeFileSync(join(from, 'deep', 'weights'), bytes)
    writeFileSync(join(from, 'empty'), '')
    await putFolder(client, 'x', from)
    await getFolder(client, 'x', to)
    expect(readdirSync(to).sort()).toEqual(['deep', 'empty'])
    expect(readFileSync(join(to, 'deep', 'weights')).equals(bytes)).toBe(true)
    await client.set('trivium:files:x:0:1', 'damage')
    await expect(getFolder(client, 'x', to)).rejects.toThrow(/deep\/weights came damaged/)
    await dropFolder(client, 'x')
    expect(await hasFolder(client, 'x')).toBe(false)
    expect(await client.keys('trivium:files:*')).toEqual([])
    for (const path of ['../out', '/tmp/out', 'a/../../out']) {
      await client.set('trivium:files:y', JSON.stringify([{ path, sha256: 'x', chunks: 0 }]))
      await expect(getFolder(client, 'y', to), path).rejects.toThrow(/outside of/)
    }
    client.disconnect()
  })

  const text = join(folder, 'text.txt')
  const job = async (name: string): Promise<Job<'train'>> => {
    writeFileSync(text, 'the state of our union is strong '.repeat(100))
    const config = experimentConfigSchema.parse({
      name: 'queued',
      engine: 'wasm',
      dataset: { name: 'file', path: text },
      tokenizer: { type: 'char' },
      model: { depth: 1, width: 16, context: 16 },
      training: { tokens: 640, batchSize: 4 },
      models: [{ name, paradigm: 'autoregressive' }],
    })
    const directory = modelDirectory(join(folder, 'run'), name)
    const engine = await chooseEngine('wasm')
    return { kind: 'train', name, input: { config, entry: config.models[0], engine, directory, argv: [] } }
  }

  it('a worker without the run directory trains, its files come back, and the job is done once', async () => {
    const carrier = await queueCarrier(redis.url, join(folder, 'run'), quiet)
    // What a worker of another machine sees: a folder with another token.
    const elsewhere = { ...(await job('ar')) }
    const stop = new AbortController()
    const lines: string[] = []
    const worker = runQueueWorker({
      url: redis.url,
      jobs: 1,
      folder: join(folder, 'worker'),
      signal: stop.signal,
      log: (line) => lines.push(line),
    })
    const marker = join(folder, 'run', 'queue.json')
    const kept = readFileSync(marker, 'utf8')
    rmSync(marker)
    const progress: unknown[] = []
    const result = await carrier.run(elsewhere, { onProgress: (update) => progress.push(update) })
    expect(result).toMatchObject({ finished: true, step: 10 })
    expect(readdirSync(elsewhere.input.directory)).toEqual(
      expect.arrayContaining(['checkpoints', 'metrics.jsonl']),
    )
    expect(lines).toEqual(['train: ar', 'done: ar'])
    expect(progress.length).toBeGreaterThan(0)
    // A run directory that lost its models asks again.
    rmSync(elsewhere.input.directory, { recursive: true })
    expect(await carrier.run(await job('ar'))).toMatchObject({ finished: true })
    expect(readdirSync(elsewhere.input.directory)).toContain('checkpoints')
    // One that shares its folder is worked in; the job that is done is not done again.
    writeFileSync(marker, kept)
    const shared = await job('near')
    expect(await carrier.run(shared)).toMatchObject({ finished: true })
    lines.length = 0
    expect(await carrier.run(shared)).toMatchObject({ finished: true })
    expect(lines).toEqual([])
    stop.abort()
    await worker
    await carrier.close()
  }, 120_000)

  it('a worker of other code, or of other data, leaves the job to others and says why', async () => {
    const { input, name } = await job('other')
    const good: Payload = {
      job: { kind: 'train', name, input },
      run: { directory: join(folder, 'run'), token: '0'.repeat(36) },
      code: codeIdentity(),
      data: { dataset: input.config.dataset, paradigm: 'autoregressive', sha256: 'f'.repeat(64) },
      weights: null,
    }
    const cases: [Payload, RegExp][] = [
      [
        { ...good, code: { ...good.code, trivium: '9.9.9' } },
        /'other' is of Trivium 9\.9\.9[^\n]*; this worker is of /,
      ],
      [good, /is about data with sha256 ffffffffffff…, here they have/],
    ]
    const client = await connect(redis.url, quiet)
    const queue = new Queue<Payload>(queueName, { connection: client })
    for (const [payload, wanted] of cases) {
      const added = await queue.add(name, payload, { jobId: keyOf(payload) })
      const failure = await runQueueWorker({
        url: redis.url,
        jobs: 1,
        folder: join(folder, 'worker'),
        signal: AbortSignal.timeout(30_000),
        log: quiet,
      }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(InputError)
      expect((failure as Error).message).toMatch(wanted)
      expect(await added.getState()).toMatch(/delayed|waiting/)
      await added.remove()
    }
    await queue.close()
    client.disconnect()
  }, 120_000)
})
