/**
 * @file Invented results in the shape of a real comparison, for the tests of this package only. The numbers are
 * formulas, measured by nobody, and are never written where a reader could take them for results.
 */
import {
  type BoundType,
  type Metric,
  type MetricName,
  type ModelRecord,
  type Paradigm,
  type Point,
  paradigms,
  paradigmTable,
  type Results,
  resultsSchemaVersion,
  type SamplerConfig,
} from '@trivium/schema'
import { fakeText, hash, trace } from './text.ts'

function metric(
  name: MetricName,
  value: number,
  spread: number,
  unit: string,
  higherIsBetter: boolean | null,
  n = 32,
): Metric {
  return {
    task: 'unconditional@1',
    name,
    value,
    ci95: [value - spread, value + spread],
    stderr: spread / 1.96,
    n,
    unit,
    higherIsBetter,
    boundType: null,
  }
}

/** Quality for a badness q: 0 is held-out text. */
function quality(q: number, entropy: number = 4.07 - 0.02 * q): Metric[] {
  return [
    metric('judge-bits', 2.05 + 1.3 * q, 0.05 + 0.03 * q, 'bits/char', false),
    metric('entropy', entropy, 0.03, 'bits/char', null),
    metric('word-validity', Math.min(0.99, Math.max(0.02, 0.97 - 0.75 * q)), 0.02, 'share', true),
    metric('js-1', 0.004 + 0.01 * q, 0.002, 'bits', false),
    metric('js-4', 0.31 + 0.22 * q, 0.012, 'bits', false),
    metric('distinct-4', 0.62 + 0.2 * q, 0.02, 'share', null),
    metric('duplicate-rate', 0, 0, 'share', false),
  ]
}

function point(
  model: string,
  sampler: SamplerConfig,
  label: string,
  setting: string,
  nfe: number,
  perForward: number,
  q: number,
  p90: boolean,
): Point {
  const p50 = 3 + nfe * perForward
  return {
    id: `${model}/${label}/${setting}`,
    model,
    sampler,
    samplerLabel: label,
    setting,
    configHash: 'f1f2f3f4',
    nfe,
    tokenPositions: label === 'ar' ? nfe : nfe * 128,
    quality: quality(q),
    latency: [1, 16].map((batch) => {
      const time = p50 * batch ** 0.75
      return {
        batch,
        tokens: 128,
        n: p90 ? 64 : 8,
        p50: time,
        p90: p90 ? time * 1.15 : null,
        ci95: [time * 0.97, time * 1.04],
        msFirstToken: perForward,
        tokensPerSecond: (128 * batch * 1000) / time,
      }
    }),
  }
}

/** Of one model of the invented results. */
export interface MadeUp {
  label: string
  paradigm: Paradigm
  /** 'reference' when absent. */
  group?: string
  id?: string
  /** How much worse it writes and models than the first of its paradigm; 0 when absent. */
  worse?: number
}

const stepCounts = [4, 8, 16, 32, 64, 128]

const exactBits: Record<Paradigm, [bits: number, rise: number, bound: BoundType]> = {
  autoregressive: [1.72, 0.75, 'exact'],
  'masked-diffusion': [2.47, 1.02, 'masked-nelbo'],
  'continuous-diffusion': [2.58, 0.93, 'gaussian-vlb'],
}

function record({ id, label, group = 'reference', paradigm }: MadeUp, i: number): ModelRecord {
  const fresh = group === 'fresh'
  return {
    id: id ?? label,
    label,
    group,
    paradigm,
    parameters: 811_008 + 4000 * i,
    parameterGroups: { backbone: 790_000, embeddings: 21_008 },
    trainingTokens: fresh ? 409_600 : 15_000_000,
    trainingSeconds: fresh ? 170 : 3600,
    trainingEngine: fresh ? 'wasm' : 'cuda',
    dataset: 'sotu',
    tokenizer: 'char/text8',
    checkpointSha256: 'ab'.repeat(32),
    loadMs: 120,
    firstInferenceMs: 40,
  }
}

function bitsOf({ paradigm, worse = 0 }: MadeUp, model: string): Results['metrics'][number] {
  const [bits, rise, boundType] = exactBits[paradigm]
  const value = bits + rise * worse
  return {
    task: 'likelihood@1',
    name: 'bits-per-character',
    value,
    ci95: boundType === 'exact' ? [value - 0.024, value + 0.024] : [value - 0.06, value + 0.06],
    stderr: boundType === 'exact' ? 0.012 : 0.03,
    n: 64,
    unit: 'bits/char',
    higherIsBetter: false,
    boundType,
    model,
    ...(boundType === 'gaussian-vlb' && {
      parts: { reconstruction: 0.02, diffusion: value - 0.05, prior: 0.03 },
    }),
  }
}

function pointsOf({ paradigm, group, worse = 0 }: MadeUp, model: string): Point[] {
  const base = 0.25 + 0.55 * worse
  // So many repeats that a p90 may be given.
  const p90 = group !== 'fresh'
  if (paradigm === 'autoregressive') {
    const ar: SamplerConfig = { type: 'ar', temperature: 1, cache: true }
    return [point(model, ar, 'ar', 'AR', 128, 2.1, base, p90)]
  }
  const swept = (type: 'ancestral' | 'low-confidence' | 'ddim', shift: number, reach: number): Point[] =>
    stepCounts.map((steps) => {
      const nfe = type === 'ancestral' ? steps * 0.93 : type === 'ddim' ? steps + 1 : steps
      const q = base + shift + reach / Math.sqrt(steps)
      const cost = type === 'ddim' ? 4.6 : 4.4
      return point(model, { type, steps, temperature: 1 }, type, `S=${steps}`, nfe, cost, q, p90)
    })
  if (paradigm === 'continuous-diffusion') return swept('ddim', 0.05, 1.7)
  const thresholds = [0.7, 0.9].map((tau) => {
    const q = base + 0.2 + 0.8 * (1 - tau)
    const sampler: SamplerConfig = { type: 'threshold', tau, temperature: 1 }
    return point(model, sampler, 'threshold', `τ=${tau}`, 20 + 90 * (tau - 0.6), 4.4, q, p90)
  })
  return [...swept('ancestral', 0.1, 2.2), ...swept('low-confidence', -0.05, 2.6), ...thresholds]
}

function curveOf(model: ModelRecord, bits: number, i: number): Results['training'][number] {
  const points = Array.from({ length: 60 }, (_, k) => {
    const share = (k + 1) / 60
    const value = bits + (4.4 - bits) * Math.exp(-5 * share) + 0.05 * hash(k, i)
    return {
      step: (k + 1) * 4,
      tokens: share * model.trainingTokens,
      seconds: share * (model.trainingSeconds ?? 1) * (1 + 0.1 * i),
      loss: value * 0.7,
      validation: k % 6 === 5 ? value : null,
    }
  })
  return { model: model.id, points }
}

function samplesOf(points: readonly Point[]): Results['samples'] {
  return points.map((p, i) => {
    const noise = Math.min(0.9, Math.max(0, (p.quality[0].value - 2.05) / 5))
    return {
      model: p.model,
      point: p.id,
      texts: [0, 1, 2].map((k) => fakeText(128, noise, i * 10 + k)),
      ...((p.nfe < 40 || p.samplerLabel === 'ar') && { trace: trace(p, i) }),
    }
  })
}

/** The trio of a group: a model of each paradigm, called by it. */
const trio = (group: string, worse: number): MadeUp[] =>
  paradigms.map((paradigm) => {
    const { label, short } = paradigmTable[paradigm]
    return { id: `${group}-${short}`, label, paradigm, group, worse }
  })

/** Two trios, four controls, held-out text, traces: a whole result file. */
export function fixture(): Results {
  return madeUp([...trio('reference', 0), ...trio('fresh', 1)])
}

/** A whole result file about these models. */
export function madeUp(specs: readonly MadeUp[]): Results {
  const models = specs.map(record)
  const metrics = specs.map((spec, i) => bitsOf(spec, models[i].id))
  const points = specs.flatMap((spec, i) => pointsOf(spec, models[i].id))
  const control = (id: string, label: string, q: number, entropy?: number): Results['baselines'][number] => ({
    id,
    label,
    kind: 'control',
    quality: quality(q, entropy),
  })
  return {
    schemaVersion: resultsSchemaVersion,
    name: 'fixture',
    description: 'Invented numbers for tests.',
    createdAt: '2026-01-02T03:04:05.000Z',
    wallSeconds: 512,
    provenance: {
      trivium: '0.1.0',
      gitSha: '0123456789abcdef0123456789abcdef01234567',
      gitDirty: false,
      lockfileSha256: 'cd'.repeat(32),
      node: 'v20.20.0',
      platform: 'linux x64',
      cpu: 'Test CPU 9000',
      cores: 2,
      memoryGiB: 8,
      engine: 'wasm',
      engineThreads: 1,
      seeds: [1],
      datasetSha256: 'ef'.repeat(32),
      argv: ['trivium', 'compare', '--config', 'configs/demo.yaml'],
    },
    dataset: {
      name: 'sotu',
      view: 'text8',
      trainCharacters: 9_800_000,
      testCharacters: 410_000,
      heldOut: 'the addresses of eight years that training never saw',
    },
    models,
    metrics,
    nGramBits: [1, 2, 3, 4, 6].map((order, i) => ({
      order,
      bitsPerCharacter: [4.09, 3.24, 2.53, 1.91, 1.41][i],
    })),
    points,
    baselines: [
      { id: 'held-out', label: 'held-out text', kind: 'held-out', quality: quality(0, 4.08) },
      {
        id: 'repeat-one-row',
        label: 'repeat-one-row',
        kind: 'control',
        quality: quality(-0.5, 2.9).map((m) =>
          m.name === 'js-4' ? { ...m, value: 0.97, ci95: [0.95, 0.98] } : m,
        ),
      },
      control('unigram', 'unigram', 3.4),
      control('bigram', 'bigram', 1.7),
      control('shuffled', 'shuffled words', 0.9),
    ],
    training: models.map((model, i) => curveOf(model, metrics[i].value, i)),
    samples: [
      { model: 'held-out', point: 'held-out', texts: [fakeText(128, 0, 991), fakeText(128, 0, 992)] },
      ...samplesOf(points),
    ],
    notes: ['32 texts were drawn for each point; none was rejected, truncated or filtered.'],
  }
}

/** The same models answering a task: accuracy and tokens per forward in place of what texts are measured by. */
export function answering(specs: readonly MadeUp[]): Results {
  const results = madeUp(specs)
  const task = 'copy@1'
  for (const p of results.points) {
    const share = 1 - 0.3 * p.quality[0].value ** -1
    p.quality = [
      { ...metric('accuracy', share, 0.04, 'share', true, 100), task },
      { ...metric('tokens-per-forward', 128 / p.nfe, 0.1, 'tokens', true, 100), task },
    ]
  }
  return {
    ...results,
    dataset: { ...results.dataset, name: task, view: 'examples' },
    baselines: [],
    nGramBits: [],
  }
}
