/** @file Edits of code by instruction: rename an identifier, delete a line, insert one. A change outside of the region is an error. */
import type { Rng } from '@trivium/random'
import { InputError } from '@trivium/schema'
import { z } from 'zod'
import { halves, sequenceRow } from '../sequence.ts'
import type { TaskFamily, Verdict } from '../task.ts'
import { arrow, symbolsOf } from './text.ts'

const kinds = ['rename', 'insert', 'delete'] as const
type Kind = (typeof kinds)[number]
type Options = { readonly length: number; readonly lines: number; readonly kinds: readonly Kind[] }
const optionsSchema: z.ZodType<Options, unknown> = z.strictObject({
  length: z.int().min(16).max(1024).default(96).describe('most characters of a snippet'),
  lines: z.int().min(2).max(20).default(4).describe('lines of a snippet'),
  kinds: z
    .array(z.enum(kinds))
    .nonempty()
    .default([...kinds])
    .describe('rename A B; insert N LINE (behind line N, 0 the first); delete N'),
})
type Problem = { readonly instruction: string; readonly before: string; readonly after: string }

/** Words that no identifier may be. */
const reserved = new Set(
  'break case catch class const continue default delete do else export extends false finally for from function if import in instanceof let new null of return super switch this throw true try typeof undefined var void while with yield async await'.split(
    ' ',
  ),
)
const identifier = /[A-Za-z_$][\w$]*/g
const newNames = ['alpha', 'beta', 'item', 'value', 'total', 'node', 'list', 'key', 'first', 'other']
/** Longest name that a rename may take away or bring. */
const longestName = 12
/** Longest line that an insertion may bring. */
const longestLine = 32

const symbols = symbolsOf('general', '')
/** A line of code: neither empty nor a comment, in characters that the task knows (a tab is none). */
const isCode = (line: string): boolean =>
  line.trim() !== '' && !/^\s*(?:\/\/|\/?\*|#\s)/.test(line) && [...line].every((c) => symbols.includes(c))

/** Draws after which no snippet of the text is said to fit. */
const mostDraws = 500

function draw(rng: Rng, options: Options, text: string): Problem {
  const lines = text.split('\n')
  for (let attempt = 0; attempt < mostDraws && lines.length >= options.lines; attempt++) {
    const stream = rng.fork(attempt)
    const start = stream.fork('place').integer(lines.length - options.lines + 1)
    const snippet = lines.slice(start, start + options.lines)
    if (!snippet.every(isCode) || snippet.join('\n').length > options.length) continue
    const kind = options.kinds[stream.fork('kind').integer(options.kinds.length)]
    const problem = applied(kind, snippet, lines, stream)
    if (problem !== null && problem.after.length <= answerLength(options)) return problem
  }
  throw new InputError(
    `task 'edit' found no ${options.lines} lines of code in a row, of at most ${options.length} characters in printable ASCII, to edit; name another text, or allow longer snippets`,
  )
}

function applied(kind: Kind, snippet: readonly string[], all: readonly string[], rng: Rng): Problem | null {
  const before = snippet.join('\n')
  const at = rng.fork('at').integer(snippet.length)
  switch (kind) {
    case 'delete':
      return {
        instruction: `delete ${at + 1}`,
        before,
        after: snippet.filter((_, i) => i !== at).join('\n'),
      }
    case 'insert': {
      const line = all[rng.fork('line').integer(all.length)]
      if (!isCode(line) || line.length > longestLine) return null
      const after = [...snippet.slice(0, at), line, ...snippet.slice(at)].join('\n')
      return { instruction: `insert ${at} ${line}`, before, after }
    }
    case 'rename': {
      const names = [...new Set(before.match(identifier) ?? [])].filter(
        (name) => !reserved.has(name) && name.length <= longestName,
      )
      const fresh = newNames.filter((name) => !names.includes(name))
      if (names.length === 0 || fresh.length === 0) return null
      const from = names[rng.fork('from').integer(names.length)]
      const to = fresh[rng.fork('to').integer(fresh.length)]
      return { instruction: `rename ${from} ${to}`, before, after: renamed(before, from, to) }
    }
    default:
      return kind satisfies never
  }
}

const renamed = (code: string, from: string, to: string): string =>
  code.replace(identifier, (name) => (name === from ? to : name))

/** The share of the lines that the instruction leaves as they are which stand unchanged and in their order. */
function judge(before: string, wanted: string, answer: string): Verdict {
  const untouched = wanted.split('\n').filter((line) => before.split('\n').includes(line))
  const written = answer.split('\n')
  let kept = 0
  let next = 0
  for (const line of untouched) {
    const found = written.indexOf(line, next)
    if (found < 0) continue
    kept++
    next = found + 1
  }
  return {
    correct: wanted === answer,
    parts: { outside: untouched.length === 0 ? 1 : kept / untouched.length },
  }
}

/** Room for a rename of every fourth character to the longest name, or a line more. */
const answerLength = ({ length }: Options): number =>
  length + Math.max(longestLine + 1, Math.ceil(length / 4))

export const edit: TaskFamily<Options, Problem> = {
  name: 'edit',
  version: 2,
  meaning: 'code by instruction: what is not meant must stay as it is',
  options: optionsSchema,
  renderings: ['sequence'],
  needsText: true,
  alphabet: () => symbolsOf('general', arrow),
  shape: (options) => ({
    // rename AAAA BBBB, newline, the snippet and the arrow.
    condition: 'insert 20 '.length + longestLine + 1 + options.length + 1,
    answer: answerLength(options),
    ends: true,
  }),
  draw,
  solution: ({ before }) => before,
  row: ({ instruction, before, after }) => sequenceRow(`${instruction}\n${before}${arrow}`, after),
  verify(row, answer) {
    const { condition, answer: wanted } = halves(row)
    const before = condition.slice(condition.indexOf('\n') + 1, -1)
    return judge(before, wanted, answer)
  },
  difficulty: (row) => kinds.findIndex((kind) => halves(row).condition.startsWith(kind)),
}
