/**
 * @file Runs a sampler over the rows of a request: shares forwards among the rows that need one, counts what they cost, stops
 * rows at stop tokens and traces row 0. The denoiser is injected, so an exact oracle can stand in for a network.
 */
import type {
  CanvasRow,
  Cost,
  GeneratedRow,
  Generation,
  GenerationRequest,
  Vocabulary,
} from '@trivium/language-model'
import { createRng } from '@trivium/random'
import { parseSamplerOf, type SamplerConfigOf } from '@trivium/schema'
import type { AbsorbingProcess } from '../process.ts'
import { ancestral } from './ancestral.ts'
import { lowConfidence } from './low-confidence.ts'
import type { Row, RowContext, RowProgram } from './row.ts'
import { threshold } from './threshold.ts'

/** Logits [B·L·textSize] of x₀ for B canvases of one length L, in which MASK marks what is to be written. */
export type Denoiser = (canvases: readonly Int32Array[]) => Promise<Float32Array>

export type SamplingModel = {
  readonly denoise: Denoiser
  readonly vocabulary: Vocabulary
  readonly process: AbsorbingProcess
}

type Active = { readonly row: Row; readonly program: RowProgram; step: number }

/**
 * Writes every position that is not frozen, whatever stood there before. A row ends with 'stop' as soon as
 * nothing is masked before its first written stop token; what is unfrozen after it becomes PAD.
 * A row that needs no forward in a round is not in its batch, so `tokenPositions` counts only what ran.
 * @throws InputError for another paradigm's sampler or an impossible option.
 */
export async function sampleMasked(request: GenerationRequest, model: SamplingModel): Promise<Generation> {
  const { mask, textSize } = model.vocabulary
  const sampler = parseSamplerOf('masked-diffusion', request.sampler)
  const startedAt = performance.now()
  const cost: Cost = { forwards: 0, tokenPositions: 0, cacheCommits: 0, ms: 0, msFirstToken: 0 }
  const rng = createRng(request.seed)
  const rows = request.canvas.map((row, index) => startRow(row, index, mask))
  const stopped = new Set<Row>()
  let active = rows.flatMap((row): Active[] => {
    const program = programOf(sampler, { row, mask, textSize, rng }, model.process)
    const first = program.next(new Float32Array(0))
    return first.done === true ? [] : [{ row, program, step: first.value }]
  })
  while (active.length > 0) {
    const size = active[0].row.tokens.length * textSize
    const logits = await model.denoise(active.map(({ row }) => row.tokens))
    cost.forwards += 1
    cost.tokenPositions += active.length * active[0].row.tokens.length
    active = active.filter((entry, k) => {
      const { row, program, step } = entry
      const before = request.onStep !== undefined && row.index === 0 ? row.tokens.slice() : null
      const next = program.next(logits.subarray(k * size, (k + 1) * size))
      const committed = before === null ? [] : differences(before, row.tokens)
      if (cutAtStop(row, request.stopTokens ?? [], model.vocabulary)) stopped.add(row)
      const now = performance.now() - startedAt
      if (cost.msFirstToken === 0) cost.msFirstToken = now
      if (before !== null)
        emit(request, row, {
          step,
          forwards: cost.forwards,
          tMs: now,
          committed,
          changed: differences(before, row.tokens),
        })
      if (next.done === true || stopped.has(row)) return false
      entry.step = next.value
      return true
    })
  }
  cost.ms = performance.now() - startedAt
  return {
    rows: rows.map(
      (row): GeneratedRow => ({ tokens: row.tokens, finish: stopped.has(row) ? 'stop' : 'length' }),
    ),
    cost,
  }
}

function startRow({ tokens, frozen }: CanvasRow, index: number, mask: number): Row {
  return {
    index,
    tokens: tokens.map((token, i) => (frozen[i] === 1 ? token : mask)),
    frozen,
    confidence: Float32Array.from(frozen),
  }
}

function programOf(
  sampler: SamplerConfigOf<'masked-diffusion'>,
  context: RowContext,
  process: AbsorbingProcess,
): RowProgram {
  switch (sampler.type) {
    case 'ancestral':
      return ancestral(context, sampler, process)
    case 'low-confidence':
      return lowConfidence(context, sampler)
    case 'threshold':
      return threshold(context, sampler)
    default:
      return sampler satisfies never
  }
}

/** Positions where two canvases differ. */
function differences(a: Int32Array, b: Int32Array): number[] {
  const out: number[] = []
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) out.push(i)
  return out
}

/** Whether the row's text is complete up to a stop token that it wrote; if so the rest becomes PAD. */
function cutAtStop(
  { tokens, frozen, confidence }: Row,
  stopTokens: readonly number[],
  { mask, pad }: Vocabulary,
): boolean {
  if (stopTokens.length === 0) return false
  const stop = tokens.findIndex(
    (token, i) => token === mask || (frozen[i] === 0 && stopTokens.includes(token)),
  )
  if (stop < 0 || tokens[stop] === mask) return false
  for (let i = stop + 1; i < tokens.length; i++) {
    if (frozen[i] === 1) continue
    tokens[i] = pad
    confidence[i] = 0
  }
  return true
}

type Step = { step: number; forwards: number; tMs: number; committed: number[]; changed: number[] }

function emit({ onStep }: GenerationRequest, { tokens, confidence }: Row, step: Step): void {
  onStep?.({ ...step, tokens: tokens.slice(), confidence: confidence.slice() })
}
