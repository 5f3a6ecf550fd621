/** @file The views of a text: which characters a model gets to see. */
import type { TextDatasetConfig } from '@trivium/schema'

export type TextView = TextDatasetConfig['view']

/**
 * `text` as a view shows it.
 * - text8: Mahoney's 27 characters: accents folded, lower case, digits spelled out (`7` → ` seven `), all else one space
 * - general: newline and ASCII 32 … 126: accents folded, typographic quotes and dashes as on a typewriter, all else a
 *   space; runs of spaces collapse, at most one empty line stays
 * - raw: unchanged
 */
export function prepareText(text: string, view: TextView): string {
  if (view === 'raw') return text
  return view === 'text8' ? text8(text) : general(text)
}

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

function text8(text: string): string {
  return fold(text)
    .toLowerCase()
    .replace(/[0-9]/g, (digit) => ` ${digits[Number(digit)]} `)
    .replace(/[^a-z]+/g, ' ')
    .trim()
}

function general(text: string): string {
  return fold(text)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\n\x20-\x7e]/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Letters and signs that Unicode does not decompose. */
const replacements: Readonly<Record<string, string>> = {
  Æ: 'AE',
  æ: 'ae',
  Œ: 'OE',
  œ: 'oe',
  Ø: 'O',
  ø: 'o',
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  ß: 'ss',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '‐': '-',
  '–': '-',
  '—': '--',
}
const replaceable = new RegExp(`[${Object.keys(replacements).join('')}]`, 'g')

/** Letters without their accents (NFKD, marks dropped), typewriter quotes and dashes. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(replaceable, (character) => replacements[character])
}
