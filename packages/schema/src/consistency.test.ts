import { expect, it } from 'vitest'
import { checkResults } from './consistency.ts'
import type { Results } from './index.ts'

const metric = {
  task: 'likelihood@1',
  name: 'bits-per-character',
  value: 2.1,
  ci95: [2, 2.2],
  stderr: 0.05,
  n: 64,
  unit: 'bits/char',
  higherIsBetter: false,
  boundType: 'gaussian-vlb',
  parts: { reconstruction: 0.1, diffusion: 2 },
} as const
const latency = {
  batch: 1,
  tokens: 128,
  n: 8,
  p50: 100,
  p90: 120,
  ci95: [90, 110],
  msFirstToken: 12,
  tokensPerSecond: 1280,
} as const

/** What the check reads of results, whole and right. */
const results = (): Results =>
  JSON.parse(
    JSON.stringify({
      models: [{ id: 'm', parameters: 5, parameterGroups: { backbone: 3, head: 2 } }],
      metrics: [{ ...metric, model: 'm' }],
      points: [{ id: 'm/s', model: 'm', quality: [metric], latency: [latency] }],
      baselines: [{ id: 'held-out', quality: [metric] }],
      training: [{ model: 'm', points: [] }],
      samples: [
        { model: 'm', point: 'm/s', texts: [] },
        { model: 'held-out', point: 'held-out', texts: [] },
      ],
    }),
  ) as Results

it('takes what fits together, and what has no interval', () => {
  expect(() => checkResults(results(), 'r')).not.toThrow()
  const bare = results()
  Object.assign(bare.metrics[0], { ci95: null, stderr: null })
  expect(() => checkResults(bare, 'r')).not.toThrow()
})

it('takes a likelihood that is the mean of its units', () => {
  const right = results()
  Object.assign(right.metrics[0], {
    items: {
      unit: 'documents',
      values: [
        [2, 2.1],
        [2.2001, 2.1],
      ],
    },
  })
  expect(() => checkResults(right, 'r')).not.toThrow()
})

it.each<[string, (r: Results) => unknown, RegExp]>([
  [
    'a likelihood that its own documents do not give',
    (r) => Object.assign(r.metrics[0], { ci95: null, items: { unit: 'documents', values: [[2, 2.19]] } }),
    /bits-per-character of m is 2\.1, which its own documents do not give/,
  ],
  [
    'a value outside its interval',
    (r) => Object.assign(r.metrics[0], { value: 1, parts: undefined }),
    /bits-per-character of m is 1, outside its own interval \[2, 2\.2\]/,
  ],
  ['one of a point', (r) => Object.assign(r.points[0].quality[0], { value: 9 }), /of m\/s is 9, outside/],
  [
    'one of a baseline',
    (r) => Object.assign(r.baselines[0].quality[0], { value: 9 }),
    /of held-out is 9, outside/,
  ],
  [
    'a reversed interval',
    (r) => Object.assign(r.metrics[0], { ci95: [2.2, 2] }),
    /outside its own interval \[2\.2, 2\]/,
  ],
  ['a negative error', (r) => Object.assign(r.metrics[0], { stderr: -1 }), /negative standard error -1/],
  [
    'parts',
    (r) => Object.assign(r.metrics[0], { parts: { diffusion: 2 } }),
    /parts of bits-per-character of m add up to 2, not to 2\.1/,
  ],
  [
    'a median',
    (r) => Object.assign(r.points[0].latency[0], { p50: 80 }),
    /median latency of m\/s is 80, outside/,
  ],
  [
    'a percentile',
    (r) => Object.assign(r.points[0].latency[0], { p90: 99 }),
    /90th percentile 99 ms of m\/s lies below its median 100/,
  ],
  [
    'a rate',
    (r) => Object.assign(r.points[0].latency[0], { tokensPerSecond: 9000 }),
    /m\/s has 9000 tokens a second, but 128 tokens in 100 ms/,
  ],
  [
    'parameters',
    (r) => Object.assign(r.models[0], { parameters: 6 }),
    /parameter groups of m add up to 5, not to its 6/,
  ],
  [
    'an unknown model in a point',
    (r) => Object.assign(r.points[0], { model: 'x' }),
    /point m\/s names the model x, which is not there/,
  ],
  [
    'an unknown model in a metric',
    (r) => Object.assign(r.metrics[0], { model: 'x' }),
    /metric bits-per-character names the model x/,
  ],
  [
    'an unknown model of a curve',
    (r) => Object.assign(r.training[0], { model: 'x' }),
    /a training curve names the model x/,
  ],
  [
    'an unknown model of a sample',
    (r) => Object.assign(r.samples[0], { model: 'x' }),
    /a sample names the model x/,
  ],
  [
    'an unknown point of a sample',
    (r) => Object.assign(r.samples[0], { point: 'x' }),
    /a sample of m names the point x/,
  ],
  ['a model twice', (r) => r.models.push(r.models[0]), /the model m stands there twice/],
  ['a point twice', (r) => r.points.push(r.points[0]), /the point m\/s stands there twice/],
])('refuses %s in one line', (_, edit, message) => {
  const edited = results()
  edit(edited)
  expect(() => checkResults(edited, 'runs/x/results.json')).toThrow(message)
  expect(() => checkResults(edited, 'runs/x/results.json')).toThrow(
    /^runs\/x\/results\.json contradicts itself: [^\n]+; restore it, or run `trivium compare` again$/,
  )
})
