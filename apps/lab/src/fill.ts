/** @file What is given and what is to be written, from the options of `sample`. */
import { InputError } from '@trivium/schema'

/** Text before the gap, tokens to write, text after it. */
export type Fill = { readonly prefix: string; readonly gap?: number; readonly suffix: string }
type FillOptions = { prompt?: string; suffix?: string; infill?: string; length?: number }

/** `--prompt`, `--suffix` and `--length`, or `--infill` alone. @throws InputError when both are given */
export function fillOf({ prompt, suffix, infill, length }: FillOptions): Fill {
  if (infill === undefined)
    return { prefix: prompt ?? '', suffix: suffix ?? '', ...(length !== undefined && { gap: length }) }
  const other = Object.entries({ prompt, suffix, length }).find(([, value]) => value !== undefined)
  if (other !== undefined)
    throw new InputError(`--infill already says where the gap is; leave --${other[0]} out`)
  return parseInfill(infill)
}

/**
 * `the union [[12]] the people` → prefix `the union `, gap 12, suffix ` the people`; every space counts.
 * @throws InputError unless there is exactly one gap of at least one token
 */
export function parseInfill(text: string): Required<Fill> {
  const gaps = [...text.matchAll(/\[\[(.*?)\]\]/gs)]
  if (gaps.length !== 1)
    throw new InputError(
      `--infill has ${gaps.length === 0 ? 'no gap' : `${gaps.length} gaps`}, wanted one; write the number of tokens in double brackets: "the union [[12]] the people"`,
    )
  const [whole, inside] = gaps[0]
  const gap = Number(inside)
  if (!/^\s*\d+\s*$/.test(inside) || !Number.isSafeInteger(gap) || gap < 1)
    throw new InputError(`--infill: '${whole}' is not a gap; write a number of tokens from 1 up, e.g. [[12]]`)
  return { prefix: text.slice(0, gaps[0].index), gap, suffix: text.slice(gaps[0].index + whole.length) }
}
