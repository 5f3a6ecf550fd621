/** Real worker processes; what they do is as little as possible. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseEngine } from '@trivium/engine/node'
import { evaluationConfigSchema, InputError } from '@trivium/schema'
import { afterAll, expect, it } from 'vitest'
import type { Job } from './job.ts'
import { inWorkers, type Work } from './pool.ts'

const folder = mkdtempSync(join(tmpdir(), 'pool-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function hopeless(name: string): Promise<Job<'evaluate'>> {
  const engine = await chooseEngine('wasm')
  const candidate = { name, checkpoint: join(folder, name) }
  return {
    kind: 'evaluate',
    name,
    input: { candidate, evaluation: evaluationConfigSchema.parse({}), engine, seed: 1 },
  }
}

it('an error of a worker keeps its kind, and what waited for a turn does not begin', async () => {
  const [first, second] = [await hopeless('first'), await hopeless('second')]
  const ends: unknown[] = []
  const works = [first, second].map(
    (job): Work<unknown> =>
      async (run, signal) => {
        const output = await run(job, { signal })
        ends.push(output)
        return output
      },
  )
  const failure = await inWorkers(works, { jobs: 1 }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(InputError)
  expect((failure as Error).message).toMatch(/no checkpoint at .*first/)
  expect(ends).toEqual([null])
})
