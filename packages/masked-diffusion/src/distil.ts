/**
 * @file Few-step training: a student learns to be as sure at once as its teacher becomes over several steps of decoding
 * (certainty-forcing distillation, dParallel 2509.26488).
 *
 * What makes few steps bad is that positions written together do not know of each other. Where the visible text decides the
 * rest, the teacher's own decoding, each time the surest positions first and without chance, is one text; the student
 * learns that text, so what it writes together fits together.
 */
import type { LanguageModel } from '@trivium/language-model'
import type { MaskedOptions } from '@trivium/schema'
import type { NoisyRows } from './network.ts'

export type Teacher = Pick<LanguageModel, 'generate'>

/**
 * The targets [B·L] of masked rows: as the teacher decodes them where t is at most `upTo`; the text itself where more is
 * masked, so that what begins a text stays as varied as it is.
 */
export async function teacherTexts(
  teacher: Teacher,
  { tokens, clean, times, batch, length }: NoisyRows,
  { steps, upTo }: Pick<NonNullable<MaskedOptions['distil']>, 'steps' | 'upTo'>,
  mask: number,
): Promise<Int32Array> {
  const targets = clean.slice()
  const rows = Array.from({ length: batch }, (_, b) => b).filter((b) => {
    const t = times.subarray(b * length, (b + 1) * length).reduce((a, x) => Math.max(a, x), 0)
    return t <= upTo
  })
  if (rows.length === 0) return targets
  const canvas = rows.map((b) => {
    const row = tokens.slice(b * length, (b + 1) * length)
    return { tokens: row, frozen: Uint8Array.from(row, (token) => (token === mask ? 0 : 1)) }
  })
  const sampler = { type: 'low-confidence', steps, temperature: 0 } as const
  const { rows: texts } = await teacher.generate({ canvas, sampler, seed: 0 })
  rows.forEach((b, k) => {
    targets.set(texts[k].tokens, b * length)
  })
  return targets
}
