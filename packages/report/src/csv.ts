/** @file CSV as RFC 4180 writes it: the numbers behind every figure. */
import type { CsvTable } from './figure.ts'

/** Comma-separated text with CRLF line ends; null is an empty field. */
export function toCsv(table: CsvTable): string {
  return [table.header, ...table.rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

function field(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // A spreadsheet runs a field that starts with = + - @ as a formula; a leading quote keeps it text.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
