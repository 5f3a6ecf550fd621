/** @file Runs share a front only where data, texts and machine are the same; all others stand apart and say why. */
import type { Results } from '@trivium/schema'
import { expect, test } from 'vitest'
import { chaptersOf } from './chapter.ts'
import { figures } from './figures.ts'
import { answering, madeUp } from './testing/fixture.ts'

const run = (name: string, change: (r: Results) => void = () => undefined): Results => {
  const results = madeUp([
    { label: 'ar', paradigm: 'autoregressive' },
    { label: 'masked', paradigm: 'masked-diffusion' },
  ])
  results.name = name
  change(results)
  return results
}

test('one run is one chapter, whose figures keep their names', () => {
  const [chapter, ...others] = chaptersOf([run('demo')])
  expect(others).toEqual([])
  expect([chapter.slug, chapter.apart, chapter.results.models.map((m) => m.id)]).toEqual([
    '',
    null,
    ['ar', 'masked'],
  ])
})

test('runs on the same data, texts and machine stand on one front, every model under its own name', () => {
  const chapters = chaptersOf([run('tiny'), run('small')])
  expect(chapters.map((c) => [c.title, c.slug])).toEqual([['tiny + small', '']])
  const { models, points, samples } = chapters[0].results
  expect(models.map((m) => [m.id, m.label])).toEqual([
    ['tiny/ar', 'ar, tiny'],
    ['tiny/masked', 'masked, tiny'],
    ['small/ar', 'ar, small'],
    ['small/masked', 'masked, small'],
  ])
  expect(new Set(points.map((p) => p.id)).size).toBe(2 * run('x').points.length)
  expect(samples.filter((s) => s.model === 'held-out')).toHaveLength(
    run('x').samples.filter((s) => s.model === 'held-out').length,
  )
})

test('another machine or other texts stand apart, with the reason', () => {
  const [, machine] = chaptersOf([run('a'), run('b', (r) => (r.provenance.cpu = 'Other CPU'))])
  expect(machine.apart).toMatch(/^On the same data as a, but on another machine \(.*Other CPU.*Test CPU 9000/)
  const [, texts] = chaptersOf([run('a'), run('b', (r) => (r.baselines[0].quality[0].value += 0.1))])
  expect(texts.apart).toMatch(/measured against other texts/)
  const [, version] = chaptersOf([run('a'), run('b', (r) => (r.evaluationVersion = 2))])
  expect(version.apart).toMatch(/another version of the metrics/)
  const [, data] = chaptersOf([run('a'), run('b', (r) => (r.provenance.datasetSha256 = 'x'))])
  expect(data.apart).toBeNull()
})

test('chapters, groups and figures of several runs have names of their own', () => {
  const runs = [
    run('demo'),
    run('demo', (r) => (r.provenance.cores = 64)),
    answering([{ label: 'm', paradigm: 'masked-diffusion' }]),
  ]
  const chapters = chaptersOf(runs)
  expect(chapters.map((c) => c.title)).toEqual(['demo', 'demo (2)', 'fixture'])
  expect(new Set(chapters.map((c) => c.slug)).size).toBe(3)
  const ids = figures(runs).map((f) => f.id)
  expect(new Set(ids).size).toBe(ids.length)
  const panels = figures(runs).flatMap((f) => f.panels.map((p) => p.id))
  expect(new Set(panels).size).toBe(panels.length)
})

test('what every sampler shares is said once and taken out of the labels', () => {
  const results = run('greedy', (r) => {
    for (const p of r.points) p.samplerLabel += ' temperature=0 blockLength=8'
    r.points[0].samplerLabel = 'ar temperature=0'
  })
  const [{ shared, results: plain }] = chaptersOf([results])
  expect(shared).toBe('temperature=0')
  expect(plain.points[0].samplerLabel).toBe('ar')
  expect(plain.points[1].samplerLabel).toBe('ancestral blockLength=8')
})

test('what is partial says so, with its run', () => {
  const limited = run('b', (r) => Object.assign(r, { partial: '4 of 64 texts' }))
  expect(chaptersOf([limited])[0].partial).toEqual(['4 of 64 texts'])
  expect(chaptersOf([run('a'), limited])[0].partial).toEqual(['b: 4 of 64 texts'])
})
