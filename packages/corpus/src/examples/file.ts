/** @file A JSONL file of examples as an example set: rows of one length, splits by the hash of what is asked. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { sha256 } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { decodeUtf8 } from '../utf8.ts'
import type { ExampleRow, ExampleSet, ExampleSplit } from './example-set.ts'
import { type ExampleText, parseExampleLine } from './lines.ts'

/** What encoding needs of a tokenizer with ends. */
export type ExampleTokenizer = {
  encode(text: string): Int32Array
  readonly vocabulary: { readonly eos: number; readonly pad: number }
}

/** Of 16 shares of the conditions, one is validation and one is test. */
const shares = 16

export type ExampleFile = {
  readonly name: string
  /** Of the file's bytes. */
  readonly sha256: string
  readonly examples: readonly ExampleText[]
  /** All of them are test examples. */
  readonly whole?: boolean
  /** The texts of the train split, one a line: what a tokenizer may learn from. */
  readonly trainText: string
}

/**
 * @param whole whether all examples are test examples of a model that is trained already
 * @throws InputError when the file cannot be read, a line is no example (file and line are named), or a split is empty
 */
export async function loadExampleFile(path: string, whole: boolean = false): Promise<ExampleFile> {
  const bytes = await readBytes(path)
  const examples = decodeUtf8(bytes, path)
    .split('\n')
    .flatMap((line, i) => {
      const where = `${path}:${i + 1}`
      return line.trim() === '' ? [] : [{ ...parseExampleLine(line, where), where }]
    })
  const bySplit = splitExamples(examples, whole)
  for (const split of whole ? (['test'] as const) : (['train', 'validation', 'test'] as const))
    if (bySplit[split].length === 0)
      throw new InputError(
        `${path} has ${examples.length} examples, of which none falls into the ${split} split; add more (some 100 different conditions do)`,
      )
  return {
    name: `file:${basename(path)}`,
    sha256: sha256(decodeUtf8(bytes, path)),
    examples,
    whole,
    trainText: bySplit.train.map(({ text }) => text).join('\n'),
  }
}

/**
 * Rows as long as the longest, EOS behind each answer and PAD to the end. The condition decides the split, so that no
 * question of the test is seen in training.
 * @throws InputError when a character has no id
 */
export function encodeExamples(file: ExampleFile, tokenizer: ExampleTokenizer): ExampleSet {
  const bySplit = splitExamples(file.examples, file.whole)
  const encoded = (split: ExampleSplit): Encoded[] =>
    bySplit[split].map((example) => ({ ...encodeSpans(example, tokenizer), where: example.where }))
  const splits = { train: encoded('train'), validation: encoded('validation'), test: encoded('test') }
  const longest = Object.values(splits)
    .flat()
    .reduce((most, row) => (row.tokens.length > most.tokens.length ? row : most))
  const length = 1 + longest.tokens.length
  const { eos, pad } = tokenizer.vocabulary
  return {
    name: file.name,
    sha256: file.sha256,
    length,
    ...(longest.where !== undefined && { longest: longest.where }),
    count: (split) => splits[split].length,
    example(split, index): ExampleRow {
      const row = splits[split][index]
      const tokens = new Int32Array(length).fill(pad)
      tokens.set(row.tokens)
      tokens[row.tokens.length] = eos
      const given = new Uint8Array(length)
      row.given.forEach((flag, i) => {
        given[i] = flag ? 1 : 0
      })
      return { tokens, given }
    },
  }
}

type Encoded = { readonly tokens: number[]; readonly given: boolean[]; readonly where?: string }

function splitExamples(
  examples: readonly ExampleText[],
  whole: boolean = false,
): Record<ExampleSplit, ExampleText[]> {
  const out: Record<ExampleSplit, ExampleText[]> = { train: [], validation: [], test: [] }
  if (whole) return { ...out, test: [...examples] }
  for (const example of examples) {
    const share = Number.parseInt(sha256(questionOf(example)).slice(0, 8), 16) % shares
    out[share === 0 ? 'test' : share === 1 ? 'validation' : 'train'].push(example)
  }
  return out
}

/** What is given, or all of a text of which nothing is. */
function questionOf({ text, given }: ExampleText): string {
  if (!given.includes(true)) return text
  // A gap is one mark, however long its answer is.
  return [...text].map((symbol, i) => (given[i] ? symbol : i === 0 || given[i - 1] ? '\u0000' : '')).join('')
}

/** Given and free stretches are encoded apart, so that no token straddles the border. */
function encodeSpans(
  { text, given }: ExampleText,
  tokenizer: ExampleTokenizer,
): { tokens: number[]; given: boolean[] } {
  const symbols = [...text]
  const out: { tokens: number[]; given: boolean[] } = { tokens: [], given: [] }
  for (let from = 0; from < symbols.length; ) {
    let to = from + 1
    while (to < symbols.length && given[to] === given[from]) to++
    const ids = tokenizer.encode(symbols.slice(from, to).join(''))
    for (const id of ids) {
      out.tokens.push(id)
      out.given.push(given[from])
    }
    from = to
  }
  return out
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new InputError(
      `the example file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); check the path`,
    )
  }
}
