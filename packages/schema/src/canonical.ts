/** @file One text for one value, whatever the order of its keys: what every hash of settings is taken of. */

/** JSON with keys in order and undefined left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v)}`).join(',')}}`
}

/** `value` without the keys that are at their default: an option that is new has no part in what was hashed before. */
export function withoutDefaults<T extends object>(value: T, defaults: object): Partial<T> {
  const usual = new Map(Object.entries(defaults).map(([key, v]) => [key, canonicalJson(v)]))
  return Object.fromEntries(
    Object.entries(value).filter(([key, v]) => canonicalJson(v) !== usual.get(key)),
  ) as Partial<T>
}
