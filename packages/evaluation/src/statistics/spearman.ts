/** @file Spearman's rank correlation (1904), ties by their mean rank. */

/** ρ in −1 … 1; NaN where one of the two does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [meanRanks(a), meanRanks(b)]
  const mean = (a.length + 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean)
    xx += (x[i] - mean) ** 2
    yy += (y[i] - mean) ** 2
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

/** Ranks 1 … n; equal values share the mean of theirs. */
export function meanRanks(values: readonly number[]): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b])
  const ranks = new Float64Array(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && values[order[to]] === values[order[from]]) to++
    for (let k = from; k < to; k++) ranks[order[k]] = (from + 1 + to) / 2
    from = to
  }
  return ranks
}
