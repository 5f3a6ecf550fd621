/**
 * @file The two discrete processes behind one interface, as plain numbers. They know no network, so they are tested without
 * one.
 */
import type { Vocabulary } from '@trivium/language-model'
import type { MaskedOptions } from '@trivium/schema'
import { type AbsorbingProcess, createAbsorbingProcess } from './absorbing.ts'
import type { Schedule } from './schedules.ts'
import { createUniformProcess, type UniformProcess } from './uniform.ts'

/** What is true of both: each token by itself is clean with probability α(t), else noise. */
export type NoiseProcess = Pick<Schedule, 'alpha' | 'dAlpha'> & {
  /** x_t of clean tokens, one uniform in (0, 1) a token. */
  corrupt(
    tokens: Int32Array,
    t: number,
    uniforms: Float64Array,
    vocabulary: Pick<Vocabulary, 'mask' | 'textSize'>,
  ): Int32Array
  /** KL(q(x₁|x₀) ‖ prior) of one token, nats: what α(1) = ε leaves of the text at the end. */
  priorNats(textSize: number): number
}

export type DiscreteProcess = AbsorbingProcess | UniformProcess

/** The process of a model's options: a pure object, safe to share. */
export function createProcess({
  process,
  schedule,
}: Pick<MaskedOptions, 'process' | 'schedule'>): DiscreteProcess {
  switch (process) {
    case 'absorbing':
      return createAbsorbingProcess(schedule)
    case 'uniform':
      return createUniformProcess(schedule)
    default:
      return process satisfies never
  }
}

/** Stratified time of row i of n: (u + i)/n with one u for all rows. Each row alone is uniform on (0, 1). */
export function stratifiedTime(u: number, i: number, n: number): number {
  return (u + i) / n
}
