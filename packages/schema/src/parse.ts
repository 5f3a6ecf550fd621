/** @file Validating foreign data against a schema, with one clear line when it does not fit. */
import type { z } from 'zod'
import { InputError } from './errors.ts'

/**
 * `value` as `schema` reads it.
 * @param what names the value and where it stands, e.g. `datasets/sotu/dataset.yaml`
 * @throws InputError of one line that names the first offending key, what was expected and what is there
 */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]
  const where = path.length > 0 ? `${path.join('.')}: ` : ''
  // A key of the file may hold a line break; the message stays one line.
  throw new InputError(
    `${what} is not valid: ${where}${message}${seen(value, path, message)}`.replaceAll(/\s+/g, ' '),
  )
}

/** `, got 0`: what stands at `path`, where it is short and zod does not tell. */
function seen(value: unknown, path: readonly PropertyKey[], message: string): string {
  if (message.includes('received')) return ''
  let at = value
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key]
  return ['string', 'number', 'boolean'].includes(typeof at) ? `, got ${JSON.stringify(at)}` : ''
}
