/** @file The engines, and what `auto` chooses from: one row each. How one is loaded stands in `@trivium/engine`. */

type EngineRow = {
  /** For `ls engines`. */
  readonly does: string
  /** Where its tensors live: figures of CPU engines share a peak. */
  readonly device: 'cpu' | 'gpu'
  /** Part of every installation, so nothing foreign can crash the process that loads it. */
  readonly bundled: boolean
}

/** In the order in which lists show them. */
export const engineTable = {
  cuda: { does: 'libtensorflow on an NVIDIA GPU', device: 'gpu', bundled: false },
  native: { does: 'libtensorflow on the CPU', device: 'cpu', bundled: false },
  webgpu: { does: 'Dawn in Node, or the browser', device: 'gpu', bundled: false },
  wasm: {
    does: 'WebAssembly with our own kernels, and the system BLAS where there is one',
    device: 'cpu',
    bundled: true,
  },
  cpu: { does: 'plain JavaScript: slow, works everywhere', device: 'cpu', bundled: true },
} as const satisfies Readonly<Record<string, EngineRow>>

export type EngineName = keyof typeof engineTable
export const engineNames: readonly EngineName[] = Object.keys(engineTable) as EngineName[]

type CandidateRow = {
  readonly engine: EngineName
  /** System BLAS of the wasm engine: a condition, never, or its own business. */
  readonly blas: 'auto' | 'needed' | 'off'
}

/** What `auto` chooses from; the wasm engine counts twice, as an old or slow BLAS must not win. */
export const candidateTable = {
  cuda: { engine: 'cuda', blas: 'auto' },
  native: { engine: 'native', blas: 'auto' },
  webgpu: { engine: 'webgpu', blas: 'auto' },
  'wasm+blas': { engine: 'wasm', blas: 'needed' },
  wasm: { engine: 'wasm', blas: 'off' },
} as const satisfies Readonly<Record<string, CandidateRow>>

export type EngineCandidate = keyof typeof candidateTable
export const engineCandidates: readonly EngineCandidate[] = Object.keys(candidateTable) as EngineCandidate[]
