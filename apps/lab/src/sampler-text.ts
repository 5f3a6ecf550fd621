/** @file Samplers on the command line: `low-confidence`, `ancestral:steps=32,temperature=0.8`. */
import { didYouMean, InputError, type SamplerConfig, type SamplerType, samplerSchema } from '@trivium/schema'
import { z } from 'zod'

type Property = { type?: string; const?: string; default?: unknown; description?: string }
/** A sampler as its schema declares it. */
export type SamplerInfo = {
  readonly type: SamplerType
  readonly parameters: Readonly<Record<string, Property>>
  readonly required: readonly string[]
}

/** Every sampler, with its parameters. */
export function samplerInfos(): SamplerInfo[] {
  const { oneOf } = z.toJSONSchema(samplerSchema, { io: 'input' }) as {
    oneOf: { properties: Record<string, Property>; required: string[] }[]
  }
  return oneOf.map(({ properties: { type, ...parameters }, required }) => ({
    type: type.const as SamplerType,
    parameters,
    required: required.filter((key) => key !== 'type'),
  }))
}

/**
 * @param defaults parameters of --steps and --temperature; they go where the sampler has them and the text does not say
 * @throws InputError with the nearest legal name
 */
export function parseSampler(text: string, defaults: Readonly<Record<string, number>> = {}): SamplerConfig {
  const at = text.indexOf(':')
  const type = at < 0 ? text : text.slice(0, at)
  const infos = samplerInfos()
  const info = infos.find((i) => i.type === type)
  const types = infos.map((i) => i.type)
  if (info === undefined)
    throw new InputError(
      `--sampler: there is no sampler '${type}'${didYouMean(type, types)}; there are ${types.join(', ')}`,
    )
  const known = Object.fromEntries(Object.entries(defaults).filter(([key]) => key in info.parameters))
  const written = Object.fromEntries(
    at < 0
      ? []
      : text
          .slice(at + 1)
          .split(',')
          .map((pair) => parseParameter(pair, info)),
  )
  const result = samplerSchema.safeParse({ type, ...known, ...written })
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = issue.path.join('.')
  const seen = ({ ...known, ...written } as Record<string, unknown>)[key]
  throw new InputError(
    seen === undefined
      ? `--sampler ${type}: ${key} is missing; write ${type}:${key}=32${key === 'steps' ? ' or --steps 32' : ''}`
      : `--sampler ${type}: ${key} ${String(seen)} is not legal: ${issue.message}`,
  )
}

function parseParameter(pair: string, { type, parameters }: SamplerInfo): [string, unknown] {
  const [, key, value] = /^\s*(\w+)\s*=\s*(\S+)\s*$/.exec(pair) ?? []
  const legal = Object.keys(parameters)
  if (key === undefined)
    throw new InputError(
      `--sampler ${type}: '${pair}' is not name=value; its parameters are ${legal.join(', ')}`,
    )
  if (!Object.hasOwn(parameters, key))
    throw new InputError(
      `--sampler ${type}: it has no '${key}'${didYouMean(key, legal)}; its parameters are ${legal.join(', ')}`,
    )
  if (value === 'true' || value === 'false') return [key, value === 'true']
  const number = Number(value)
  return [key, Number.isNaN(number) ? value : number]
}
