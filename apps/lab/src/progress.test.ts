import { describe, expect, it, vi } from 'vitest'
import { createProgress, type ProgressMode } from './progress.ts'
import { barLine, duration, plainLine } from './progress-lines.ts'
import { trainingUpdate } from './updates.ts'

function fake(mode: ProgressMode, isTTY: boolean, color = false) {
  let written = ''
  let clock = 0
  const stream = { isTTY, columns: 60, write: (text: string) => void (written += text) }
  const progress = createProgress(mode, stream, { now: () => clock, color })
  return {
    progress,
    wait: (ms: number) => void (clock += ms),
    take: (): string => {
      const text = written
      written = ''
      return text
    },
  }
}
const half = { done: 5, total: 10, loss: 1.23456, tokensPerSecond: 2431.4, etaSeconds: 75 }

describe('lines', () => {
  it('reads as a sentence in a log', () => {
    expect(plainLine('ar', half)).toBe('ar: 5/10 (50%) · loss 1.235 · 2431 tokens/s · ETA 1m15s')
    const learning = trainingUpdate({ merges: 3, totalMerges: 10 })
    expect(plainLine('ar', learning)).toBe('ar: 3/10 (30%) · learning the tokenizer')
    expect(plainLine('ar', { done: 0, total: 0 })).toBe('ar: 0/0 (0%)')
    expect([0, 59.6, 61, 3725].map(duration)).toEqual(['0s', '1m00s', '1m01s', '1h02m'])
  })

  it('never exceeds the width', () => {
    expect(barLine('ar', half, 6, 200)).toBe(
      `ar     ${'█'.repeat(12)}${'░'.repeat(12)}  50%  loss 1.235 · 2431 tokens/s · ETA 1m15s`,
    )
    for (const width of [1, 20, 40, 79])
      expect(barLine('continuous', half, 10, width).length).toBeLessThanOrEqual(width)
  })
})

it('auto is bars on a terminal and lines elsewhere', () => {
  const terminal = fake('auto', true)
  terminal.progress.update('ar', half)
  expect(terminal.take()).toContain('█')
  const file = fake('auto', false)
  file.progress.update('ar', half)
  expect(file.take()).toBe(`${plainLine('ar', half)}\n`)
})

it('plain writes a line a task every five seconds, and the last one always', () => {
  const { progress, wait, take } = fake('plain', false)
  progress.update('ar', half)
  progress.update('masked', half)
  wait(4000)
  progress.update('ar', half)
  expect(take().split('\n')).toHaveLength(3)
  wait(2000)
  progress.update('ar', half)
  progress.update('ar', { ...half, done: 10 })
  expect(take()).toMatch(/^ar: 5\/10.*\nar: 10\/10.*\n$/)
})

it('json writes every update and log as a line', () => {
  const { progress, take } = fake('json', true)
  progress.update('ar', half)
  progress.log('two\nlines')
  const lines = take()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toEqual([
    { event: 'progress', task: 'ar', ...half },
    { event: 'log', message: 'two\nlines' },
  ])
})

it('none keeps only what is logged', () => {
  const { progress, take } = fake('none', true)
  progress.update('ar', half)
  progress.log('done')
  expect(take()).toBe('done\n')
})

describe('bars', () => {
  it('repaints parallel tasks in place and logs above them', () => {
    const { progress, wait, take } = fake('bar', true)
    progress.update('ar', half)
    progress.update('masked', half)
    expect(
      take()
        .split('\n')
        .filter((line) => line.includes('█')),
    ).toHaveLength(3)
    progress.update('ar', { ...half, done: 6 })
    expect(take()).toBe('')
    wait(150)
    progress.update('ar', { ...half, done: 7 })
    expect(take()).toMatch(/^\u001b\[2A\u001b\[Jar .*70%.*\nmasked .*50%.*\n$/)
    progress.log('hello')
    expect(take()).toMatch(/^\u001b\[2A\u001b\[Jhello\nar .*\nmasked .*\n$/)
    progress.settle()
    take()
    progress.update('latency', half)
    expect(take()).toMatch(/^latency /)
  })

  it('takes 80 columns where the terminal does not know its width', () => {
    let written = ''
    const stream = { isTTY: true, columns: 0, write: (text: string) => void (written += text) }
    createProgress('bar', stream).update('ar', half)
    expect(written).toMatch(/^ar .*50%.*loss 1\.235/)
  })

  it('keeps the last validation and has no colour without leave', () => {
    const { progress, wait, take } = fake('bar', true)
    progress.update('ar', { done: 5, total: 10, validation: 2.5 })
    wait(150)
    take()
    progress.update('ar', { done: 10, total: 10, validation: null })
    expect(take()).toMatch(/^\u001b\[1A\u001b\[Jar .*val 2\.500 bits\/char\n$/)
    vi.stubEnv('NO_COLOR', '1')
    let written = ''
    const stream = { isTTY: true, columns: 60, write: (text: string) => void (written += text) }
    createProgress('bar', stream).update('ar', { done: 1, total: 1 })
    vi.unstubAllEnvs()
    expect(written).toMatch(/^ar .*100%/)
    const colored = fake('bar', true, true)
    colored.progress.update('ar', { done: 1, total: 1 })
    expect(colored.take()).toContain('\u001b[2m')
  })
})
