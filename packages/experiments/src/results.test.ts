/** @file What is kept of a result says nothing of the machine's folders, and still holds its own seal. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { compactResults, readResults } from './results.ts'

it('keeps the words of the command without the places of the machine, sealed anew', () => {
  const path = fileURLToPath(new URL('../../../docs/results/order.json', import.meta.url))
  const { results } = readResults(path)
  const argv = ['compare', '-c', 'configs/claims/order.yaml', '--out', '/somewhere/else/order']
  const kept = compactResults({ ...results, provenance: { ...results.provenance, argv } })
  expect(kept.provenance.argv).toEqual([...argv.slice(0, -1), 'order'])
  const copy = join(mkdtempSync(join(tmpdir(), 'results-')), 'order.json')
  writeFileSync(copy, JSON.stringify(kept))
  expect(readResults(copy).results.points).toEqual(results.points)
})
