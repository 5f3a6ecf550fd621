/**
 * @file Blocks: the first token of each block is free, and it determines the rest. Within a block everything can be written
 * at once as soon as one token stands; two blocks know nothing of each other. Parallel decoding should fly here.
 */
import { InputError } from '@trivium/schema'
import type { Language } from './language.ts'
import { observationLikelihood } from './observation.ts'
import { checkTokens } from './probability.ts'

export type BlocksParameters = {
  /** [K][V]: row k is the permutation that gives token k of a block from its first one; row 0 is the identity. */
  readonly maps: readonly (readonly number[])[]
}

/** @throws InputError unless every row is a permutation and the first the identity */
export function blocksLanguage({ maps }: BlocksParameters): Language {
  const K = maps.length
  const V = maps[0]?.length ?? 0
  checkMaps(maps, V)
  const errors = (x: Int32Array): number => {
    checkTokens(x, V)
    return x.reduce((n, token, i) => n + (maps[i % K][x[i - (i % K)]] === token ? 0 : 1), 0)
  }
  return {
    name: 'blocks',
    vocabSize: V,
    sample(rng, length) {
      const u = rng.uniforms(Math.ceil(length / K))
      return Int32Array.from({ length }, (_, i) => maps[i % K][Math.floor(u[Math.floor(i / K)] * V)])
    },
    logProb: (x) => (errors(x) > 0 ? Number.NEGATIVE_INFINITY : -Math.ceil(x.length / K) * Math.log(V)),
    errors,
    conditional(canvas, noise = 0) {
      checkTokens(canvas, V, true)
      const shown = observationLikelihood(canvas, V, noise)
      const out = new Float64Array(canvas.length * V) // [L, V]
      for (let start = 0; start < canvas.length; start += K) {
        const size = Math.min(K, canvas.length - start)
        const first = firstTokens(maps, shown, start, size, V)
        for (let k = 0; k < size; k++)
          for (let f = 0; f < V; f++) out[(start + k) * V + maps[k][f]] = first[f]
      }
      return out
    },
    entropyRate: (length) => (Math.ceil(length / K) * Math.log(V)) / length,
    entropyRateStderr: () => 0,
  }
}

/** p(first token | what is shown of its block). */
function firstTokens(
  maps: BlocksParameters['maps'],
  shown: Float64Array,
  start: number,
  size: number,
  V: number,
): Float64Array {
  const weights = new Float64Array(V).fill(1)
  for (let k = 0; k < size; k++) for (let f = 0; f < V; f++) weights[f] *= shown[(start + k) * V + maps[k][f]]
  const total = weights.reduce((sum, w) => sum + w, 0)
  if (total === 0)
    throw new InputError('the known tokens of the canvas cannot occur together in this blocks language')
  return weights.map((w) => w / total)
}

function checkMaps(maps: BlocksParameters['maps'], V: number): void {
  if (V === 0) throw new InputError('maps is empty; give at least one row of at least one token')
  maps.forEach((row, k) => {
    const tokens = new Set(row)
    const whole =
      row.length === V && tokens.size === V && row.every((v) => Number.isInteger(v) && v >= 0 && v < V)
    if (!whole) throw new InputError(`maps row ${k} is no permutation of 0 … ${V - 1}`)
  })
  if (maps[0].some((v, f) => v !== f)) throw new InputError('maps row 0 is not the identity')
}
