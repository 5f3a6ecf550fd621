/** @file What derives from the rows of samplers: their schema, their table, and which of them serves a model. */
import { z } from 'zod'
import { InputError } from './errors.ts'
import { type Paradigm, paradigmTable } from './paradigms.ts'
import { parseInput } from './parse.ts'
import { needs, type SamplerRow, samplerRows } from './sampler-rows.ts'

export { type Dial, dials, type SamplerNeed, type SamplerRow } from './sampler-rows.ts'
export type { DrawOptions } from './sampler-settings.ts'

type Row = (typeof samplerRows)[number]
export type SamplerConfig = z.infer<Row['schema']>
export type SamplerType = SamplerConfig['type']
/** The settings of a paradigm's samplers. */
export type SamplerConfigOf<P extends Paradigm> = z.infer<Extract<Row, { paradigm: P }>['schema']>
type SamplerInput = z.input<Row['schema']>

const schemas = samplerRows.map(({ schema, meaning, paper }) =>
  schema.describe(paper === null ? meaning : `${meaning} (${paper})`),
)
/** `GenerationRequest.sampler` is this union, so a point of a chart can be rebuilt from its record. */
export const samplerSchema = z.discriminatedUnion('type', schemas as [Row['schema'], ...Row['schema'][]])

/** Every sampler's row, by its `type`. */
export const samplerTable: Readonly<Record<SamplerType, SamplerRow>> = Object.fromEntries(
  samplerRows.map((row) => [row.schema.shape.type.value, row]),
) as unknown as Record<SamplerType, SamplerRow>

export const samplerTypes: readonly SamplerType[] = Object.keys(samplerTable) as SamplerType[]

/** The samplers of a paradigm, by their `type`. */
export function samplersOf(paradigm: Paradigm): SamplerType[] {
  return samplerTypes.filter((type) => samplerTable[type].paradigm === paradigm)
}

/** A model as its entry tells of it. */
export type TrainedModel = { readonly paradigm: Paradigm; readonly options?: object }

/** The samplers that can serve a model; one without options has the defaults. */
export function samplersFor({ paradigm, options = {} }: TrainedModel): SamplerType[] {
  return samplersOf(paradigm).filter((type) => samplerMismatch(type, { paradigm, options }) === null)
}

/** What `sample` draws with when no sampler is named: the paradigm's own, or the first that serves the model. */
export function defaultSampler(model: TrainedModel): SamplerConfig {
  const usual: SamplerInput = paradigmTable[model.paradigm].defaultSampler
  const able = samplersFor(model)
  const type = able.includes(usual.type) ? usual.type : able[0]
  return samplerSchema.parse(samplerTable[type].dial === 'steps' ? { ...usual, type } : { type })
}

/** The option of a model entry that a sampler asks for; null when any model of its paradigm will do. */
export function samplerNeed(type: SamplerType): string | null {
  const need = samplerTable[type].needs
  return need === undefined ? null : needs[need].wanted
}

/**
 * Why a sampler does not serve a model, as the end of a sentence: `belongs to continuous-diffusion; masked-diffusion has
 * …`, or `needs a model trained with options.process: uniform`. Null when it does; without options only the paradigm counts.
 */
export function samplerMismatch(type: SamplerType, { paradigm, options }: TrainedModel): string | null {
  const { paradigm: own, needs: need } = samplerTable[type]
  if (own !== paradigm) return `belongs to ${own}; ${paradigm} has ${samplersOf(paradigm).join(', ')}`
  if (need === undefined || options === undefined || needs[need].met(options)) return null
  return `needs a model trained with ${needs[need].wanted}`
}

/**
 * `value` as a sampler of `paradigm`, defaults filled in. A switch over its `type` ends in `satisfies never`.
 * @param options of the model entry, where a sampler may need some
 * @throws InputError when it is no sampler, or one that does not serve the model
 */
export function parseSamplerOf<P extends Paradigm>(
  paradigm: P,
  value: unknown,
  options?: object,
): SamplerConfigOf<P> {
  const sampler = parseInput(samplerSchema, value, 'the sampler')
  const mismatch = samplerMismatch(sampler.type, { paradigm, options })
  if (mismatch !== null) throw new InputError(`the sampler '${sampler.type}' ${mismatch}`)
  return sampler as SamplerConfigOf<P>
}
