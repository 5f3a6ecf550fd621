/** @file What is measured: one line a figure, and the goals that figures are held against. */
import {
  candidateTable,
  type EngineCandidate,
  engineCandidates,
  engineTable,
  type Paradigm,
  paradigms,
  paradigmTable,
} from '@trivium/schema'
import { shapeOf } from './network.ts'
import { denoisingParadigms, type Question, type Shape } from './protocol.ts'

/** PyTorch, eager and by torch.compile. */
export const peerNames = ['pytorch', 'pytorch-compile'] as const
export type PeerName = (typeof peerNames)[number]
/** Whatever `auto` chooses from, the stock backend and the peers. */
export type MethodName = EngineCandidate | 'stock' | PeerName
export const isPeer = (name: MethodName): name is PeerName => (peerNames as readonly string[]).includes(name)

const runsOn = (device: 'cpu' | 'gpu'): EngineCandidate[] =>
  engineCandidates.filter((name) => engineTable[candidateTable[name].engine].device === device)
/** A goal of the best engine is met by the fastest of these. */
export const cpuEngines: readonly EngineCandidate[] = runsOn('cpu')
export const gpuEngines: readonly MethodName[] = runsOn('gpu')
export const methodNames: readonly MethodName[] = [...cpuEngines, ...gpuEngines, 'stock', ...peerNames]

/** What the other methods are held against. */
export const baselines: readonly MethodName[] = [...peerNames, 'stock']

export type Line = {
  readonly id: string
  readonly title: string
  readonly unit: 'GFLOP/s' | 'tokens/s' | 'ms'
  readonly question: Question
  readonly rounds: number
  /** Left out of the stock backend: a round would take minutes. */
  readonly withoutStock?: boolean
  readonly train?: { readonly paradigm: Paradigm; readonly shape: Shape; readonly length: number }
}

/** The stock backend needs seconds a step: fewer rounds, one step each. */
export const stockRounds = 3

const sizes = [
  { preset: 'tiny', label: '0.3 M' },
  { preset: 'small', label: '0.8 M' },
  { preset: 'base', label: '5 M' },
] as const
type Size = (typeof sizes)[number]

export function linesOf(quick: boolean): Line[] {
  const rounds = quick ? 2 : 6
  const many = (n: number): number => (quick ? 1 : n)
  return [
    ...[512, 1024].map(
      (size): Line => ({
        id: `gemm-${size}`,
        title: `product ${size}³`,
        unit: 'GFLOP/s',
        question: { task: 'gemm', size, repeats: 2 },
        rounds,
      }),
    ),
    ...sizes
      .filter(({ preset }) => preset !== 'tiny')
      .flatMap((size) => paradigms.map((paradigm) => trainingLine(size, paradigm, rounds, many))),
    ...sizes.flatMap((size) => forwardLines(size, rounds, many)),
    ...sizes.flatMap((size) => decodeLines(size, rounds, many)),
    ...sizes.filter(({ preset }) => preset !== 'tiny').flatMap((size) => stepLines(size, rounds, many)),
    ...sizes.filter(({ preset }) => preset === 'small').flatMap((size) => canvasLines(size, rounds, many)),
  ]
}

/** Rows that share a forward, of decoding and of what it is held against. */
export const batches = [1, 4, 16, 64] as const
/** Tokens of a text there. */
export const decodedLength = 128
/** Draft heads of the speculative lines. */
const draftHeads = 4

const decodeId = (preset: Size['preset'], batch: number): string =>
  `decode-${preset}${batch === 1 ? '' : `-b${batch}`}`
const forwardId = (preset: Size['preset'], batch: number, length: number): string =>
  `forward-${preset}-b${batch}-l${length}`

/** Decoding beside one forward over a canvas of the same length, by model size and batch. */
export const crossoverLines: readonly {
  readonly label: string
  readonly batch: number
  readonly decode: string
  readonly forward: string
}[] = sizes.flatMap(({ preset, label }) =>
  batches.map((batch) => ({
    label,
    batch,
    decode: decodeId(preset, batch),
    forward: forwardId(preset, batch, decodedLength),
  })),
)

type Many = (n: number) => number

function trainingLine({ preset, label }: Size, paradigm: Paradigm, rounds: number, many: Many): Line {
  const backbone = shapeOf(preset)
  const steps = preset === 'small' ? many(3) : 1
  const { short } = paradigmTable[paradigm]
  return {
    id: `train-${preset}-${short}`,
    title: `training, ${label}, ${short}, B16×T128`,
    unit: 'tokens/s',
    question: { task: 'train', paradigm, backbone, batch: 16, length: 128, steps },
    rounds: preset === 'small' ? rounds : Math.min(rounds, 5),
    withoutStock: preset === 'base' || paradigm === 'continuous-diffusion',
    train: { paradigm, shape: backbone, length: 128 },
  }
}

function forwardLines({ preset, label }: Size, rounds: number, many: Many): Line[] {
  return [
    ...batches.map((batch) => ({ batch, length: decodedLength, repeats: batch === 1 ? many(8) : 1 })),
    { batch: 1, length: 256, repeats: many(5) },
  ].map(
    ({ batch, length, repeats }): Line => ({
      id: forwardId(preset, batch, length),
      title: `forward, ${label}, batch ${batch}, L ${length}`,
      unit: 'ms',
      question: {
        task: 'forward',
        attention: 'bidirectional',
        backbone: shapeOf(preset),
        batch,
        length,
        repeats,
      },
      rounds,
      withoutStock: preset === 'base' && batch > 1,
    }),
  )
}

function decodeLines({ preset, label }: Size, rounds: number, many: Many): Line[] {
  const backbone = shapeOf(preset)
  const withoutStock = preset === 'base'
  const decode = (batch: number, heads: number): Line => ({
    id: `${decodeId(preset, batch)}${heads === 0 ? '' : '-mtp'}`,
    title: `ar ${heads === 0 ? 'cached decode' : `decode, all of ${heads} drafts kept`}, ${label}, batch ${batch}, L ${decodedLength}`,
    unit: 'tokens/s',
    question: {
      task: 'decode',
      backbone,
      batch,
      length: decodedLength,
      ...(heads > 0 && { draftHeads: heads }),
      repeats: batch === 1 ? many(preset === 'base' ? 2 : 4) : 1,
    },
    rounds,
    withoutStock: withoutStock || batch > 1 || heads > 0,
  })
  const position = (at: string, from: number, to: number): Line => ({
    id: `token-${preset}-${at}`,
    title: `ar token, ${label}, batch 1, positions ${from} to ${to}`,
    unit: 'ms',
    question: { task: 'token', backbone, from, to, repeats: many(4) },
    rounds,
    withoutStock,
  })
  return [
    ...batches.flatMap((batch) => [decode(batch, 0), decode(batch, draftHeads)]),
    position('early', 16, 64),
    position('late', 192, 240),
  ]
}

function stepLines({ preset, label }: Size, rounds: number, many: Many): Line[] {
  const backbone = shapeOf(preset)
  const steps = many(16)
  return denoisingParadigms.map(
    (paradigm): Line => ({
      id: `step-${paradigmTable[paradigm].short}-${preset}`,
      title: `${paradigmTable[paradigm].short} step, ${label}, batch 1, L 256`,
      unit: 'ms',
      question: { task: 'denoise', paradigm, backbone, length: 256, steps },
      rounds,
      withoutStock: preset === 'base',
    }),
  )
}

/** The same row in the same number of forwards, on the whole canvas and block by block: their ratio is what the exact cache gives. */
function canvasLines({ preset, label }: Size, rounds: number, many: Many): Line[] {
  const row = { task: 'canvas', backbone: shapeOf(preset), length: decodedLength, steps: many(64) } as const
  return [undefined, 16].map(
    (blockLength): Line => ({
      id: `canvas-${preset}${blockLength === undefined ? '' : `-blocks${blockLength}`}`,
      title: `masked row, ${label}, batch 1, L ${decodedLength}, ${row.steps} steps, ${blockLength === undefined ? 'whole canvas' : `cached blocks of ${blockLength}`}`,
      unit: 'tokens/s',
      question: { ...row, ...(blockLength !== undefined && { blockLength }) },
      rounds,
      withoutStock: true,
    }),
  )
}

/** A goal is a speed ratio of one line, or the share of the peak that training reaches. `best`: the fastest of our engines on the CPU. */
export type Goal = {
  readonly text: string
  readonly line: string
  readonly method: MethodName | 'best'
  readonly over: MethodName | 'peak'
  readonly atLeast: number
}

export const goals: readonly Goal[] = [
  {
    text: 'training 0.8 M, best engine ÷ PyTorch eager',
    line: 'train-small-ar',
    method: 'best',
    over: 'pytorch',
    atLeast: 1,
  },
  {
    text: 'training 5 M, best engine ÷ PyTorch eager',
    line: 'train-base-ar',
    method: 'best',
    over: 'pytorch',
    atLeast: 0.9,
  },
  ...sizes
    .filter(({ preset }) => preset !== 'tiny')
    .flatMap(({ preset, label }): Goal[] => [
      {
        text: `training ${label}, best engine ÷ torch.compile`,
        line: `train-${preset}-ar`,
        method: 'best',
        over: 'pytorch-compile',
        atLeast: 1.1,
      },
      ...peerNames.map(
        (peer): Goal => ({
          text: `forward ${label}, batch 1, L ${decodedLength} ÷ ${peer}`,
          line: forwardId(preset, 1, decodedLength),
          method: 'best',
          over: peer,
          atLeast: 1,
        }),
      ),
    ]),
  {
    text: 'training 0.8 M, plain wasm ÷ stock tfjs wasm',
    line: 'train-small-ar',
    method: 'wasm',
    over: 'stock',
    atLeast: 7,
  },
  {
    text: 'training 0.8 M, wasm + BLAS ÷ stock tfjs wasm',
    line: 'train-small-ar',
    method: 'wasm+blas',
    over: 'stock',
    atLeast: 30,
  },
  {
    text: 'MFU in training 5 M, best engine',
    line: 'train-base-ar',
    method: 'best',
    over: 'peak',
    atLeast: 0.5,
  },
  {
    text: 'ar cached decode 0.8 M ÷ PyTorch eager cached loop',
    line: 'decode-small',
    method: 'best',
    over: 'pytorch',
    atLeast: 1.5,
  },
  {
    text: 'masked step 0.8 M, L 256 ÷ PyTorch eager forward',
    line: 'step-masked-small',
    method: 'best',
    over: 'pytorch',
    atLeast: 1,
  },
]
