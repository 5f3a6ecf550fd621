/**
 * @file Which numbers this code gives. Raise `training` when the same settings and text train to other weights,
 * `evaluation` when the same weights measure to other figures: a changed loss, initialisation, order of draw, merge rule,
 * metric, or default of an option. A faster way to the same bits raises nothing. What stood under another version is not
 * found again: it is trained or measured anew.
 */
export const numbersVersion: { readonly training: number; readonly evaluation: number } = {
  training: 1,
  evaluation: 4,
}
