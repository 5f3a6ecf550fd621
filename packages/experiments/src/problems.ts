/** @file The problems of an experiment, and who judges their answers. */
import type { ExampleRow } from '@trivium/corpus'
import { type Filling, type Judge, type Judgement, type ProblemSet, trainJudge } from '@trivium/evaluation'
import type { SamplerConfig } from '@trivium/schema'
import type { Task } from '@trivium/tasks'
import type { ExampleData } from './data.ts'

export type ProblemOptions = {
  /** test when absent */
  readonly split?: 'validation' | 'test'
  /** Of the judge that reads filled gaps. */
  readonly judgeOrder?: number
}

/** The first `count` examples of a split, fewer where the file has fewer. */
export function problemSet(
  { examples, tokenizer, task, trainText }: ExampleData,
  count: number,
  { split = 'test', judgeOrder }: ProblemOptions = {},
): ProblemSet {
  const { eos, pad } = tokenizer.vocabulary
  const problems = Array.from({ length: Math.min(count, examples.count(split)) }, (_, i) =>
    examples.example(split, i),
  )
  return {
    task: examples.name,
    problems,
    stopTokens: [eos],
    fillers: [eos, pad],
    ...(task !== null && { difficulty: (index: number) => task.difficulty(problems[index]) }),
    ...(task !== null &&
      isCorrection(task, problems[0]) && {
        edits: (index: number, written: Int32Array) =>
          task.edits(problems[index], whole(problems[index], written)),
        unchanged: (index: number) => unchangedRow(problems[index]),
      }),
    ...(task !== null &&
      trainText !== null &&
      task.filling(problems[0], problems[0].tokens) !== null && {
        gaps: {
          filling: fillingOf(task, problems),
          reader: once(() => trainJudge(trainText, { order: judgeOrder })),
        },
      }),
    judge: (index, written) =>
      task === null
        ? exactMatch(problems[index], written, eos)
        : task.verify(problems[index], whole(problems[index], written)),
  }
}

/**
 * The problems in the form that each sampler reads. They are the same ones: who judges an answer knows the whole row.
 * @returns the problems of a sampler; without one, those that a likelihood is of
 */
export function problemsBySampler(
  data: ExampleData,
  count: number,
  options: ProblemOptions = {},
): (sampler?: Pick<SamplerConfig, 'type'>) => ProblemSet {
  const set = problemSet(data, count, options)
  return (sampler) =>
    data.leftAlone?.(sampler) === true ? { ...set, problems: set.problems.map(leftOf) } : set
}

/** A row up to its last place to write: what is read from left to right before that is written. */
export function leftOf<Row extends ExampleRow>(row: Row): Row {
  const end = row.given.lastIndexOf(0) + 1
  return {
    ...row,
    tokens: row.tokens.subarray(0, end),
    given: row.given.subarray(0, end),
    ...(row.draft !== undefined && { draft: row.draft.subarray(0, end) }),
  }
}

/** What was written, with what is given behind it where the problem was posed without. */
function whole({ tokens, given }: ExampleRow, written: Int32Array): Int32Array {
  if (written.length !== given.lastIndexOf(0) + 1) return written
  const row = tokens.slice()
  row.set(written)
  return row
}

const isCorrection = (task: Task, first: ExampleRow): boolean => task.edits(first, first.tokens) !== null

/** Problems of one task all show both sides, or none does. */
const fillingOf =
  (task: Task, problems: readonly ExampleRow[]) =>
  (index: number, written: Int32Array): Filling => {
    const filling = task.filling(problems[index], whole(problems[index], written))
    if (filling === null) throw new Error(`problem ${index} of '${task.name}' shows no two sides`)
    return filling
  }

/** Learned when the first answer is read, and for all of them. */
function once(make: () => Judge): () => Judge {
  let made: Judge | undefined
  return () => (made ??= make())
}

/** The text as it is given: the draft of a canvas, or the condition copied. */
function unchangedRow({ tokens, given, draft }: ExampleRow): Int32Array {
  if (draft !== undefined) return draft
  const start = given.indexOf(0)
  return tokens.map((token, l) => (given[l] === 1 ? token : tokens[l - start]))
}

/** A file's answers are compared with its own, up to the first EOS; `tokens` is the share that stands in its place. */
function exactMatch(
  { tokens, given }: ProblemSet['problems'][number],
  written: Int32Array,
  eos: number,
): Judgement {
  const answer = (row: Int32Array): number[] => {
    const free = Array.from(row).filter((_, l) => given[l] === 0)
    const end = free.indexOf(eos)
    return end < 0 ? free : free.slice(0, end)
  }
  const [wanted, got] = [answer(tokens), answer(written)]
  const n = Math.max(wanted.length, got.length)
  const right = Array.from({ length: n }, (_, i) => (wanted[i] === got[i] ? 1 : 0)).reduce(
    (a: number, b) => a + b,
    0,
  )
  return { correct: right === n, parts: { tokens: n === 0 ? 1 : right / n } }
}
