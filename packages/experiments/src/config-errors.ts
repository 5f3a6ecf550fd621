/** @file From zod's issues to the one line a person needs: where, which key, the value seen, what is legal. */
import { didYouMean, experimentConfigSchema, InputError } from '@trivium/schema'
import { z } from 'zod'

type Key = string | number
type Issue = z.core.$ZodIssue
/** What is needed of JSON Schema: it is plain data, where zod's own classes would have to be unwrapped. */
type Shape = {
  properties?: Record<string, Shape>
  items?: Shape
  oneOf?: Shape[]
  enum?: unknown[]
  const?: unknown
  type?: string
  description?: string
}
type Problem = { path: Key[]; text: string }

const experimentShape = z.toJSONSchema(experimentConfigSchema, { io: 'input' }) as Shape

/**
 * @param value what was validated
 * @param whereOf where a path was written, e.g. `configs/demo.yaml:12`, with a line for the order of the problems
 * @throws InputError always: the first problem in the file's order, and how many more there are
 */
export function throwConfigError(
  issues: readonly Issue[],
  value: unknown,
  whereOf: (path: readonly Key[]) => { place: string; line: number },
): never {
  const problems = issues
    .flatMap((issue) => describe(issue, value))
    .map((problem) => ({ ...problem, ...whereOf(problem.path) }))
    .sort((a, b) => a.line - b.line)
  const [{ place, path, text }] = problems
  const more = problems.length - 1
  const rest = more === 0 ? '' : ` (and ${more} more problem${more === 1 ? '' : 's'})`
  throw new InputError(`${place}: ${path.length > 0 ? `${dotted(path)}: ` : ''}${text}${rest}`)
}

/** `models.0.training`. */
const dotted = (path: readonly Key[]): string => path.join('.')

function describe(issue: Issue, value: unknown): Problem[] {
  const path = issue.path as Key[]
  const seen = valueAt(value, path)
  const shape = shapeAt(path, value)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, shape) }))
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const key = issue.discriminator
    return [{ path: path.at(-1) === key ? path : [...path, key], text: illegalChoice(path, value, key) }]
  }
  if (seen === undefined) return [{ path, text: `is missing${wanted(shape, issue)}` }]
  return [{ path, text: `${show(seen)} is not legal${wanted(shape, issue)}${nearest(seen, shape)}` }]
}

function unknownKey(key: string, shape: Shape | undefined): string {
  const legal = Object.keys(shape?.properties ?? {})
  return `unknown key${didYouMean(key, legal)}${legal.length === 0 ? '' : `; legal keys: ${legal.join(', ')}`}`
}

/** zod reports a wrong discriminator at the object or at the key, by version. */
function illegalChoice(path: Key[], value: unknown, key: string): string {
  const parent = path.at(-1) === key ? path.slice(0, -1) : path
  const seen = valueAt(value, [...parent, key])
  const options = shapeAt(parent, value, true)?.oneOf ?? []
  const legal = options.map((option) => String(option.properties?.[key]?.const))
  const start = seen === undefined ? 'is missing' : `${show(seen)} is not legal`
  return `${start}; legal values: ${legal.join(', ')}${typeof seen === 'string' ? didYouMean(seen, legal) : ''}`
}

function wanted(shape: Shape | undefined, issue: Issue): string {
  if (shape?.enum !== undefined) return `; legal values: ${shape.enum.join(', ')}`
  const rule = issue.message
    .replace(/^(Too small|Too big|Invalid input|Invalid string): /, '')
    .replace(/, received .*$/, '')
  const hint = shape?.description === undefined ? '' : ` (${shape.description})`
  return `; ${rule}${hint}`
}

const nearest = (seen: unknown, shape: Shape | undefined): string =>
  typeof seen === 'string' && shape?.enum !== undefined ? didYouMean(seen, shape.enum.map(String)) : ''

function show(value: unknown): string {
  // JSON has no word for NaN and the infinities and would say null.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function valueAt(value: unknown, path: readonly Key[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<Key, unknown>)[key] : undefined),
    value,
  )
}

/** The part of the schema that governs `path`; a union is resolved by the constants in the value unless `keepUnion`. */
function shapeAt(path: readonly Key[], value: unknown, keepUnion = false): Shape | undefined {
  let shape: Shape | undefined = experimentShape
  let at = value
  for (const key of path) {
    shape = resolveUnion(shape, at)
    shape = typeof key === 'number' ? shape?.items : shape?.properties?.[key]
    at = valueAt(at, [key])
  }
  return keepUnion ? shape : resolveUnion(shape, at)
}

function resolveUnion(shape: Shape | undefined, value: unknown): Shape | undefined {
  return (
    shape?.oneOf?.find((option) =>
      Object.entries(option.properties ?? {}).some(
        ([key, p]) => p.const !== undefined && p.const === valueAt(value, [key]),
      ),
    ) ?? shape
  )
}
