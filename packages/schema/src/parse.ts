/** @file Reading foreign data, and checking our own against its schema: one clear line when it does not fit. */
import type { z } from 'zod'
import { InputError, RuntimeFailure } from './errors.ts'

/**
 * The value of a JSON text; a byte-order mark before it is no part of it.
 * @param what names the text, e.g. `runs/x/results.json`
 * @param remedy what to do when it is none, e.g. `restore it or train again`
 * @throws InputError of one line
 */
export function parseJson(text: string, what: string, remedy: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    // Its message quotes the text, line breaks included.
    throw new InputError(
      `${what} is not JSON (${(error as Error).message}); ${remedy}`.replaceAll(/\s+/g, ' '),
    )
  }
}

/**
 * `value` as `schema` reads it.
 * @param what names the value and where it stands, e.g. `datasets/sotu/dataset.yaml`
 * @param remedy what to do when it does not fit, where the message alone does not say
 * @throws InputError of one line that names the first offending key, what was expected and what is there
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
  remedy?: string,
): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InputError(
    `${what} is not valid: ${problemOf(result.error, value)}${remedy === undefined ? '' : `; ${remedy}`}`,
  )
}

/**
 * What Trivium is about to write, checked against its own schema: a number that is none never reaches a file.
 * @throws RuntimeFailure of one line that names the first key that does not fit
 */
export function parseOutput<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new RuntimeFailure(`${what} cannot be written: ${problemOf(result.error, value)}`)
}

/** The first offending key, what was expected and what is there. */
function problemOf(error: z.ZodError, value: unknown): string {
  const { path, message } = error.issues[0]
  const where = path.length > 0 ? `${path.join('.')}: ` : ''
  // A key of the file may hold a line break; the message stays one line.
  return `${where}${message}${seen(value, path, message)}`.replaceAll(/\s+/g, ' ')
}

/** `, got 0`: what stands at `path`, where it is short and zod does not tell. */
function seen(value: unknown, path: readonly PropertyKey[], message: string): string {
  if (message.includes('received')) return ''
  let at = value
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key]
  return ['string', 'number', 'boolean'].includes(typeof at) ? `, got ${JSON.stringify(at)}` : ''
}
