/** @file Problems as evaluation sees them: a gap in a text is read by a judge of the training split. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerMetrics, judgeAnswers } from '@trivium/evaluation'
import { createRng } from '@trivium/random'
import { expect, it } from 'vitest'
import { loadData } from './data.ts'
import { problemSet } from './problems.ts'

it('a filled gap is read by a judge of the training text: the truth is 0, one letter repeated is not', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'problems-')), 'text.txt')
  const words = ['river', 'bridge', 'sailor', 'farmer', 'young', 'old']
  const rng = createRng(3)
  const text = Array.from({ length: 900 }, (_, i) => words[rng.integer(words.length, i)]).join(' ')
  writeFileSync(path, text)
  const options = { length: 24, gaps: [2, 5] }
  for (const paradigm of ['autoregressive', 'masked-diffusion'] as const) {
    const data = await loadData(
      { dataset: { type: 'task', name: 'infill', options, text: { name: 'file', path, view: 'text8' } } },
      paradigm,
    )
    if (data.kind !== 'examples') throw new Error('a task has examples')
    const set = problemSet(data, 12, { judgeOrder: 4 })
    const gapOf = (rows: readonly Int32Array[]): number | undefined =>
      answerMetrics({ rows, forwards: rows.map(() => 1) }, judgeAnswers(rows, set), set).find(
        ({ name }) => name === 'judge-gap',
      )?.value
    expect(gapOf(set.problems.map(({ tokens }) => tokens))).toBe(0)
    const same = set.problems.map(({ tokens, given }) =>
      tokens.map((token, l) => (given[l] === 1 ? token : 5)),
    )
    expect(gapOf(same)).toBeGreaterThan(1)
  }
})
