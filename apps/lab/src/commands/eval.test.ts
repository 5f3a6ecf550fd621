/** Suites, and what `eval` refuses before an engine starts. */
import { fileURLToPath } from 'node:url'
import { loadConfig } from '@trivium/experiments/run'
import { describe, expect, it } from 'vitest'
import { runCli } from '../cli.ts'
import { suiteNames, suiteOf, suites } from '../suites.ts'

const kept = fileURLToPath(new URL('../../../../docs/results/order.json', import.meta.url))

async function failure(...argv: string[]): Promise<string> {
  const err: string[] = []
  const stderr = { write: (text: string) => err.push(text), isTTY: false, columns: 80 }
  const code = await runCli(argv, { stdout: { write: () => true }, stderr: stderr as never })
  expect(code).toBe(2)
  expect(err.join('').trim()).not.toContain('\n')
  return err.join('')
}

describe('suites', () => {
  it.each(suiteNames)('%s is the evaluation of its file in configs/suites', async (name) => {
    const path = fileURLToPath(new URL(`../../../../configs/suites/${name}.yaml`, import.meta.url))
    const { config } = loadConfig(path)
    expect([config.name, config.evaluation]).toEqual([name, suites[name]])
    expect(await suiteOf(name)).toEqual(await suiteOf(path))
  })
})

describe('eval refuses', () => {
  it.each([
    [['--suite', 'quick'], /there is no config file quick/],
    [['--limit', '0'], /--limit.*whole number from 1/],
    [['--rescore', 'nowhere'], /nowhere/],
    [['--rescore', kept], /order\.json is a file; name the run/],
    [['--data', 'x'], /--checkpoint is missing/],
    [['--include', 'nowhere.mjs'], /nowhere\.mjs cannot be read/],
  ])('%j', async (argv, message) => {
    const subject = argv[0] === '--suite' ? ['--checkpoint', 'checkpoints/sotu-ar'] : []
    expect(await failure('eval', ...subject, ...argv)).toMatch(message)
  })
})
