/** @file What a training step sees of the noise levels, on its way to the time warp; and weights beside the tape. */
import { dispose, keep, mapParams, type ParamTree, read, type Tensor } from '@trivium/engine'
import type { Corruption } from './corruption.ts'
import type { TimeWarp } from './warp.ts'

/** How uncertain each state of a batch was at its noise level. `values` [B·N] outlives the loss. */
export type Observation = { readonly values: Tensor; readonly corruption: Corruption }

export type Observer = {
  add(step: number, observation: Observation): void
  /** The optimiser step of what is held. */
  step(): number
  /** Teaches the warp what is held, and forgets it. */
  learn(): Promise<void>
  forget(): void
}

/** Holds what the micro-batches of one optimiser step observed until the warp has learned from it. */
export function createObserver(warp: TimeWarp | null): Observer {
  let held: Observation[] = []
  let heldStep = -1
  const forget = (): void => {
    for (const { values } of held) dispose(values)
    held = []
  }
  return {
    forget,
    step: () => heldStep,
    add(step: number, observation: Observation): void {
      // A loss that no step followed (a caller that only looked) is dropped.
      if (step !== heldStep) forget()
      heldStep = step
      held.push(observation)
    },
    async learn(): Promise<void> {
      const seen = await Promise.all(
        held.map(async ({ values, corruption }) => rowMeans(await read(values), corruption)),
      )
      warp?.update(
        seen.flatMap((x) => x.gammas),
        seen.flatMap((x) => x.means),
      )
      forget()
    },
  }
}

/** The same weights (no copy) as other tensors: a tape that differentiates `params` does not see these. */
export function untaped<T extends ParamTree>(params: T): T {
  return mapParams(params, (p: Tensor) => keep(p.clone()))
}

/**
 * Mean over the scored states of each row that nothing was pinned in at random: pinned text makes a row
 * easier than its noise level. What is given is the row's own condition.
 */
function rowMeans(values: Float32Array, corruption: Corruption): { gammas: number[]; means: number[] } {
  const { free, pinned, rowGamma } = corruption
  const length = free.length / rowGamma.length
  const gammas: number[] = []
  const means: number[] = []
  rowGamma.forEach((gamma, b) => {
    if (pinned[b] === 1) return
    const scored = values.subarray(b * length, (b + 1) * length).filter((_, l) => free[b * length + l] === 1)
    gammas.push(gamma)
    means.push(scored.reduce((a, x) => a + x, 0) / scored.length)
  })
  return { gammas, means }
}
