/**
 * @file Invented results in the shape of a real comparison, for the tests of this package only. The numbers are
 * formulas, measured by nobody, and are never written where a reader could take them for results.
 */
import type {
  Metric,
  MetricName,
  ModelRecord,
  Paradigm,
  Point,
  Results,
  SamplerConfig,
  TraceRecord,
} from '@trivium/schema'
import { resultsSchemaVersion } from '@trivium/schema'

const words =
  'the congress of our united states and people have been with great peace under constitution national duty public men free government year commerce union power country service law treasury act just nation'.split(
    ' ',
  )

/** A fixed pseudo-random number in [0, 1) for a list of numbers. */
function hash(...xs: number[]): number {
  const s = Math.sin(xs.reduce((a, x, i) => a + x * (12.9898 + 7.233 * i), 1)) * 43758.5453
  return s - Math.floor(s)
}

function fakeText(length: number, noise: number, seed: number): string {
  let text = ''
  for (let i = 0; text.length < length; i++) text += `${words[Math.floor(hash(i, seed) * words.length)]} `
  const letters = 'abcdefghijklmnopqrstuvwxyz '
  return Array.from(text.slice(0, length))
    .map((c, i) => (hash(i, seed, 7) < noise ? letters[Math.floor(hash(i, seed, 9) * 27)] : c))
    .join('')
}

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

const stepCounts = [4, 8, 16, 32, 64, 128]

function group(
  id: string,
  worse: number,
): Pick<Results, 'models' | 'metrics' | 'points' | 'training' | 'samples'> {
  const label: Record<Paradigm, string> = {
    autoregressive: 'Autoregressive',
    'masked-diffusion': 'Masked diffusion',
    'continuous-diffusion': 'Continuous diffusion',
  }
  const short: Record<Paradigm, string> = {
    autoregressive: 'ar',
    'masked-diffusion': 'masked',
    'continuous-diffusion': 'continuous',
  }
  const paradigms = Object.keys(label) as Paradigm[]
  const models = paradigms.map(
    (paradigm, i): ModelRecord => ({
      id: `${id}-${short[paradigm]}`,
      label: `${label[paradigm]}`,
      group: id,
      paradigm,
      parameters: 811_008 + 4000 * i,
      parameterGroups: { backbone: 790_000, embeddings: 21_008 },
      trainingTokens: worse > 0 ? 409_600 : 15_000_000,
      trainingSeconds: worse > 0 ? 170 : 3600,
      trainingEngine: worse > 0 ? 'wasm' : 'cuda',
      dataset: 'sotu',
      tokenizer: 'char/text8',
      checkpointSha256: 'ab'.repeat(32),
      loadMs: 120,
      firstInferenceMs: 40,
    }),
  )
  const bits = [1.72 + 0.75 * worse, 2.47 + 1.02 * worse, 2.58 + 0.93 * worse]
  const bounds = ['exact', 'masked-nelbo', 'gaussian-vlb'] as const
  const metrics = models.map((m, i) => ({
    task: 'likelihood@1',
    name: 'bits-per-character' as const,
    value: bits[i],
    ci95: null,
    stderr: i === 0 ? 0.012 : 0.03,
    n: 64,
    unit: 'bits/char',
    higherIsBetter: false,
    boundType: bounds[i],
    model: m.id,
    ...(i === 2 ? { parts: { reconstruction: 0.02, diffusion: bits[2] - 0.05, prior: 0.03 } } : {}),
  }))
  const base = 0.25 + 0.55 * worse
  const masked = models[1].id
  const points = [
    point(models[0].id, { type: 'ar', temperature: 1, cache: true }, 'ar', 'AR', 128, 2.1, base, worse === 0),
    ...stepCounts.map((s) =>
      point(
        masked,
        { type: 'ancestral', steps: s, temperature: 1 },
        'ancestral',
        `S=${s}`,
        s * 0.93,
        4.4,
        base + 0.1 + 2.2 / Math.sqrt(s),
        worse === 0,
      ),
    ),
    ...stepCounts.map((s) =>
      point(
        masked,
        { type: 'low-confidence', steps: s, temperature: 1 },
        'low-confidence',
        `S=${s}`,
        s,
        4.4,
        base - 0.05 + 2.6 / Math.sqrt(s),
        worse === 0,
      ),
    ),
    ...[0.7, 0.9].map((tau) =>
      point(
        masked,
        { type: 'threshold', tau, temperature: 1 },
        'threshold',
        `τ=${tau}`,
        20 + 90 * (tau - 0.6),
        4.4,
        base + 0.2 + 0.8 * (1 - tau),
        worse === 0,
      ),
    ),
    ...stepCounts.map((s) =>
      point(
        models[2].id,
        { type: 'ddim', steps: s, temperature: 1 },
        'ddim',
        `S=${s}`,
        s + 1,
        4.6,
        base + 0.05 + 1.7 / Math.sqrt(s),
        worse === 0,
      ),
    ),
  ]
  const training = models.map((m, i) => ({
    model: m.id,
    points: Array.from({ length: 60 }, (_, k) => {
      const share = (k + 1) / 60
      const value = bits[i] + (4.4 - bits[i]) * Math.exp(-5 * share) + 0.05 * hash(k, i)
      return {
        step: (k + 1) * 4,
        tokens: share * m.trainingTokens,
        seconds: share * (m.trainingSeconds ?? 1) * (1 + 0.1 * i),
        loss: value * 0.7,
        validation: k % 6 === 5 ? value : null,
      }
    }),
  }))
  const samples = points.map((p, i) => ({
    model: p.model,
    point: p.id,
    texts: [0, 1, 2].map((k) =>
      fakeText(128, Math.min(0.9, Math.max(0, (p.quality[0].value - 2.05) / 5)), i * 10 + k),
    ),
    ...(p.samplerLabel === 'threshold' ? {} : { trace: trace(p, i) }),
  }))
  return { models, metrics, points, training, samples }
}

function trace(p: Point, seed: number): TraceRecord[] {
  const text = [...fakeText(128, 0.1, seed)]
  const frames = Math.round(p.nfe)
  const diffusion = p.samplerLabel === 'ddim'
  let before: string[] = text.map(() => '<mask>')
  return Array.from({ length: frames }, (_, k) => {
    const share = (k + 1) / frames
    const shown = text.map((c, i) => {
      const open = p.samplerLabel === 'ar' ? i / 128 < share : hash(i, seed) < share || k === frames - 1
      return open ? c : diffusion ? 'etaoinshr '[Math.floor(hash(i, k, seed) * 10)] : '<mask>'
    })
    const changed = shown.flatMap((c, i) => (c !== before[i] ? [i] : []))
    before = shown
    return {
      step: k + 1,
      forwards: k + 1,
      tMs: (k + 1) * (p.samplerLabel === 'ar' ? 2.1 : 4.5),
      text: shown,
      committed: changed,
      changed,
      confidence: shown.map((_, i) => Math.min(1, 0.3 + 0.7 * share * hash(i, seed))),
    }
  })
}

/** Two trios, four controls, held-out text, traces: a whole result file. */
export function fixture(): Results {
  const [reference, fresh] = [group('reference', 0), group('fresh', 1)]
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
    models: [...reference.models, ...fresh.models],
    metrics: [...reference.metrics, ...fresh.metrics],
    nGramBits: [1, 2, 3, 4, 6].map((order, i) => ({
      order,
      bitsPerCharacter: [4.09, 3.24, 2.53, 1.91, 1.41][i],
    })),
    points: [...reference.points, ...fresh.points],
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
    training: [...reference.training, ...fresh.training],
    samples: [
      { model: 'held-out', point: 'held-out', texts: [fakeText(128, 0, 991), fakeText(128, 0, 992)] },
      ...reference.samples,
      ...fresh.samples,
    ],
    notes: ['32 texts were drawn for each point; none was rejected, truncated or filtered.'],
  }
}
