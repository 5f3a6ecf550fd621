/** @file Writing text with one checkpoint: free, from a prompt, or into a gap. */
import { startEngine } from '@trivium/engine/node'
import { traceRecord } from '@trivium/evaluation'
import { type Cost, drain, freeCanvas, type GeneratedRow, gapCanvas } from '@trivium/language-model'
import { openModel, readManifest } from '@trivium/models/node'
import {
  defaultSampler,
  type EngineName,
  InputError,
  type Paradigm,
  parseInput,
  type SamplerConfig,
  Stopped,
  samplerSchema,
  type TraceRecord,
} from '@trivium/schema'
import type { Tokenizer } from '@trivium/tokenizer'
import { workloadOf } from './engine-choice.ts'
import { orStopped } from './stop.ts'

export type SampleOptions = {
  readonly checkpoint: string
  readonly engine: EngineName | 'auto'
  readonly threads?: number
  /** Given text before and after the gap; both empty for free text. */
  readonly prefix: string
  readonly suffix: string
  /** Positions to write, in tokens; fills the context when absent. */
  readonly gap?: number
  /** The default of the model when absent. */
  readonly sampler?: SamplerConfig
  /** Overrides of the sampler, where it has them. */
  readonly steps?: number
  readonly temperature?: number
  readonly samples: number
  readonly seed: number
  readonly trace: boolean
  /** A text ends with the first of these that it writes, as the tokenizer encodes it. */
  readonly stop?: readonly string[]
  /** With each written token its log-probability and those of the n most likely ones. */
  readonly logprobs?: number
  /** The line of a measurement of engines, or a warning; stderr when absent. */
  readonly log?: (line: string) => void
  readonly signal?: AbortSignal
}
export type SampleResult = {
  readonly paradigm: Paradigm
  readonly sampler: SamplerConfig
  readonly texts: ({ text: string; logprobs?: (NamedLogprobs | null)[] } & Pick<
    GeneratedRow,
    'finish' | 'overruled'
  >)[]
  readonly cost: Cost
  readonly trace: TraceRecord[]
}

/** Natural logarithms of probabilities, tokens as their texts; null where text is given. */
export type NamedLogprobs = NamedToken & { readonly top: NamedToken[] }
type NamedToken = { readonly token: string; readonly logprob: number }

/** @throws InputError when the text does not fit the context or the tokenizer, or the sampler not the paradigm; Stopped when `signal` fired. */
export async function sample(options: SampleOptions): Promise<SampleResult> {
  const about = readManifest(options.checkpoint)
  const sampler = adjust(options.sampler ?? defaultSampler(about.entry), options)
  const workload = workloadOf(about)
  const { signal, threads, log } = options
  const say = log ?? ((line: string) => void process.stderr.write(`${line}\n`))
  await orStopped(startEngine(options.engine, { workload, use: 'sampling', threads, log }), signal)
  const { model, tokenizer, manifest } = openModel(options.checkpoint)
  const [prefix, suffix] = [tokenizer.encode(options.prefix), tokenizer.encode(options.suffix)]
  const given = prefix.length + suffix.length
  if (given > model.context)
    throw new InputError(
      `the given text has ${given} tokens, more than the context ${model.context} of ${options.checkpoint}; shorten it to ${model.context - 1}, which leaves one to write`,
    )
  const gap = options.gap ?? model.context - given
  if (gap === 0)
    say(`the given text fills the context ${model.context} of ${options.checkpoint}: nothing is written`)
  if (given + gap > model.context)
    throw new InputError(
      `${given} given tokens and ${gap} to write do not fit the context ${model.context} of ${options.checkpoint}; shorten the text${given < model.context ? ` or pass --length ${model.context - given}` : ''}`,
    )
  const row =
    given === 0 ? freeCanvas(gap, model.vocabulary) : gapCanvas(prefix, gap, suffix, model.vocabulary)
  const trace: TraceRecord[] = []
  const decoding = model.decode({
    canvas: Array.from({ length: options.samples }, () => row),
    sampler,
    seed: options.seed,
    traceRows: options.trace ? [0] : [],
    stopTokens: options.stop?.map((text) => [...tokenizer.encode(text)]),
    logprobs: options.logprobs,
    signal,
  })
  const { rows, cost } = await drain(decoding, (event) => trace.push(traceRecord(event, tokenizer)))
  if (rows.some(({ finish }) => finish === 'aborted')) throw new Stopped()
  return {
    paradigm: manifest.paradigm,
    sampler,
    texts: rows.map((row) => ({
      text: tokenizer.decode(row.tokens),
      finish: row.finish,
      ...(row.logprobs !== undefined && { logprobs: namedLogprobs(row, tokenizer) }),
      ...(row.overruled !== undefined && { overruled: row.overruled }),
    })),
    cost,
    trace,
  }
}

function namedLogprobs(
  { tokens, logprobs = [] }: GeneratedRow,
  tokenizer: Tokenizer,
): (NamedLogprobs | null)[] {
  const named = (token: number, logprob: number): NamedToken => ({
    token: tokenizer.tokenText(token),
    logprob,
  })
  return logprobs.map((at, i) =>
    at === null
      ? null
      : { ...named(tokens[i], at.logprob), top: at.top.map(({ token, logprob }) => named(token, logprob)) },
  )
}

function adjust(sampler: SamplerConfig, { steps, temperature }: SampleOptions): SamplerConfig {
  if (steps !== undefined && !('steps' in sampler))
    throw new InputError(
      `the sampler '${sampler.type}' has no steps; leave --steps out or choose another with --sampler`,
    )
  const adjusted = {
    ...sampler,
    ...(steps !== undefined && { steps }),
    ...(temperature !== undefined && { temperature }),
  }
  return parseInput(samplerSchema, adjusted, 'the sampler')
}
