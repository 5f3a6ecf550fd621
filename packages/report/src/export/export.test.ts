import { metricNames } from '@trivium/schema'
import { describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixture.ts'
import { exportFormats, exportResults } from './export.ts'

const results = fixture()
const valuesOf = (format: 'eee' | 'lm-eval'): Record<string, unknown>[] =>
  exportResults(results, format).map(({ text }) => JSON.parse(text) as Record<string, unknown>)
const numbers = (id: string): number =>
  results.metrics.filter(({ model }) => model === id).length +
  results.points.filter(({ model }) => model === id).reduce((sum, { quality }) => sum + quality.length, 0)

describe('every format', () => {
  it('keeps its files in the folder, one for each model, whatever models and runs are called', () => {
    const evil = structuredClone(results)
    evil.name = '../../../etc/passwd'
    for (const [i, model] of evil.models.entries()) model.id = ['../a/b', '../A/b'][i] ?? `${model.id}/..`
    for (const format of exportFormats) {
      const paths = exportResults(evil, format).map(({ path }) => path)
      for (const path of paths) expect(path).toMatch(/^(?:[A-Za-z0-9-]+\/)*[A-Za-z0-9_-]+\.(?:json|csv)$/)
      expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length)
    }
  })
})

it('eee: every number of a model with its interval and n', () => {
  const records = valuesOf('eee')
  expect(records).toHaveLength(results.models.length)
  for (const [i, record] of records.entries()) {
    const all = record.evaluation_results as Record<string, Record<string, unknown>>[]
    expect(all).toHaveLength(numbers(results.models[i].id))
    expect(new Set(all.map(({ evaluation_result_id }) => evaluation_result_id)).size).toBe(all.length)
    for (const { metric_config, score_details } of all) {
      expect(metricNames).toContain(metric_config.metric_id)
      expect(score_details.uncertainty).toMatchObject({
        num_samples: expect.any(Number),
        confidence_interval: { confidence_level: 0.95 },
      })
    }
  }
})

it('lm-eval: tasks with their versions, directions, and standard errors', () => {
  for (const record of valuesOf('lm-eval')) {
    const tasks = Object.entries(record.results as Record<string, Record<string, unknown>>)
    expect(tasks.length).toBeGreaterThan(1)
    for (const [task, values] of tasks) {
      const names = Object.keys(values).filter((key) => key.endsWith(',none') && !key.includes('_stderr'))
      expect(names.length).toBeGreaterThan(0)
      for (const name of names) expect(values).toHaveProperty([name.replace(',none', '_stderr,none')])
      for (const part of ['versions', 'n-shot', 'n-samples', 'higher_is_better', 'configs'])
        expect(record[part]).toHaveProperty([task])
    }
  }
})

it('csv: a row for each number', () => {
  const [{ path, text }] = exportResults(results, 'csv')
  expect(path).toBe(`${results.name}.csv`)
  const lines = text.trimEnd().split('\r\n')
  expect(lines[0]).toMatch(
    /^model,paradigm,parameters,task,sampler,setting,nfe,token_positions,metric,value,/,
  )
  expect(lines).toHaveLength(1 + results.models.reduce((sum, { id }) => sum + numbers(id), 0))
})
