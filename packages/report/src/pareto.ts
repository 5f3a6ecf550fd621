/** @file The Pareto front: which settings no other setting beats on cost and quality at once. */

/**
 * Flags of the points that no other point dominates. A dominates B when it costs at most as much, is at least as
 * good, and is strictly better on one of the two. Equal points are both on the front.
 */
export function paretoFront(
  points: readonly { cost: number; quality: number }[],
  higherIsBetter: boolean,
): boolean[] {
  const sign = higherIsBetter ? 1 : -1
  const order = points
    .map((p, i) => ({ cost: p.cost, gain: sign * p.quality, i }))
    .sort((a, b) => a.cost - b.cost || b.gain - a.gain)
  const onFront = points.map(() => false)
  let best = Number.NEGATIVE_INFINITY
  let bestCost = Number.NaN
  for (const { cost, gain, i } of order) {
    if (gain > best || (gain === best && cost === bestCost)) {
      onFront[i] = true
      best = gain
      bestCost = cost
    }
  }
  return onFront
}
