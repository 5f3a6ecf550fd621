/** @file Quadrature for the tests. */

/** ∫ f over [from, to] by the midpoint rule. */
export function integrate(f: (x: number) => number, from: number, to: number, n = 4000): number {
  const h = (to - from) / n
  let total = 0
  for (let i = 0; i < n; i++) total += f(from + (i + 0.5) * h)
  return total * h
}
