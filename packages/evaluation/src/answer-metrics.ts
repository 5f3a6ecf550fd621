/** @file What answers are measured by: accuracy and its parts, by difficulty too, parallelism, and effort against difficulty. */
import { createRng } from '@trivium/random'
import type { Baseline, Metric } from '@trivium/schema'
import { type Answers, judgeAnswers, type ProblemSet, type Verdict, writtenTokens } from './answers.ts'
import { correctionMetrics, type Edits } from './corrections.ts'
import { judgeGap } from './fillings.ts'
import { groupsOf, metricOf, ratio, setStatistic, share } from './metrics/measure.ts'
import { spearman } from './statistics/spearman.ts'

/**
 * Accuracy with Wilson's interval, its parts as mean shares and its strata of difficulty; written tokens per forward, a ratio
 * of sums over problems; and, where both vary, Spearman's ρ of forwards and difficulty.
 */
export function answerMetrics(
  { rows, forwards }: Pick<Answers, 'rows' | 'forwards'>,
  verdicts: readonly Verdict[],
  { task, problems, fillers, difficulty, edits, gaps }: Omit<ProblemSet, 'judge'>,
): Metric[] {
  const difficulties = difficulty === undefined ? [] : problems.map((_, i) => difficulty(i))
  const tokens = rows.map((row, i) => writtenTokens(row, problems[i], fillers))
  const speed = metricOf(
    task,
    'tokens-per-forward',
    ratio(tokens, forwards, groupsOf(rows.length, 'examples')),
    null,
  )
  return [
    accuracyOf(task, verdicts, difficulties),
    // A request in which nothing was to be written needs no forward.
    ...(Number.isFinite(speed.value) ? [speed] : []),
    ...effortOf(task, forwards, difficulties),
    ...correctionMetrics(task, editsOf(rows, edits)),
    ...gapsOf(task, rows, gaps),
  ]
}

const gapsOf = (task: string, rows: readonly Int32Array[], gaps: ProblemSet['gaps']): Metric[] =>
  gaps === undefined
    ? []
    : judgeGap(
        task,
        rows.map((row, i) => gaps.filling(i, row)),
        gaps.reader(),
      )

const editsOf = (rows: readonly Int32Array[], edits: ProblemSet['edits']): Edits[] =>
  edits === undefined ? [] : rows.flatMap((row, i) => edits(i, row) ?? [])

function accuracyOf(task: string, verdicts: readonly Verdict[], difficulties: readonly number[]): Metric {
  const right = verdicts.map(({ correct }) => Number(correct))
  const shareOf = (values: readonly number[]) =>
    share(
      values,
      values.map(() => 1),
      groupsOf(values.length, 'examples'),
    )
  const strata = strataOf(difficulties).map(({ name, members }) => {
    const { value, ci95, n } = shareOf(members.map((i) => right[i]))
    return { name, value, ci95, n }
  })
  return {
    ...metricOf(task, 'accuracy', shareOf(right), null),
    parts: meanParts(verdicts),
    ...(strata.length > 1 && { strata }),
  }
}

/** At most so many strata of difficulty. */
const mostStrata = 5

/** Problems of equal difficulty together where these are few, else fifths by rank; problems of one difficulty stay together. */
function strataOf(difficulties: readonly number[]): { name: string; members: number[] }[] {
  const order = [...difficulties.keys()].sort((a, b) => difficulties[a] - difficulties[b])
  const values = [...new Set(order.map((i) => difficulties[i]))]
  const few = values.length <= mostStrata
  const strata: number[][] = []
  for (const value of values) {
    const members = order.filter((i) => difficulties[i] === value)
    const last = strata.at(-1)
    const full = last !== undefined && last.length >= difficulties.length / mostStrata
    if (last === undefined || few || full) strata.push(members)
    else last.push(...members)
  }
  return strata.map((members) => {
    const [low, high] = [difficulties[members[0]], difficulties[members[members.length - 1]]]
    return { name: low === high ? `difficulty ${low}` : `difficulty ${low}–${high}`, members }
  })
}

/** Spearman's ρ of what each answer took and how hard it is; none where either is always the same. */
function effortOf(task: string, forwards: readonly number[], difficulties: readonly number[]): Metric[] {
  const pairs = difficulties.map((difficulty, i) => ({ difficulty, nfe: forwards[i] }))
  const rho = (some: readonly (typeof pairs)[number][]): number =>
    spearman(
      some.map(({ nfe }) => nfe),
      some.map(({ difficulty }) => difficulty),
    )
  if (pairs.length < 2 || !Number.isFinite(rho(pairs))) return []
  return [metricOf(task, 'nfe-difficulty', setStatistic(pairs, rho, [-1, 1]), null)]
}

function meanParts(verdicts: readonly Verdict[]): Record<string, number> {
  const names = [...new Set(verdicts.flatMap(({ parts }) => Object.keys(parts)))]
  return Object.fromEntries(
    names.map((name) => [
      name,
      verdicts.reduce((sum, { parts }) => sum + (parts[name] ?? 0), 0) / verdicts.length,
    ]),
  )
}

/**
 * Answers without a model, which must lose or be flagged: the first answer of all repeated, tokens drawn apart by their
 * frequencies among the answers, and of a correction the text as it is. Only what a training set shows goes into the first two.
 * @param known problems of the training split
 */
export function answerBaselines(
  known: ProblemSet['problems'],
  set: ProblemSet,
  { seed }: { readonly seed: number },
): Baseline[] {
  const rng = createRng(seed).fork('controls')
  const free = ({ tokens, given }: ProblemSet['problems'][number]): Int32Array =>
    tokens.filter((_, l) => given[l] === 0)
  const first = free(known[0])
  const pool = known.flatMap((problem) => Array.from(free(problem)))
  const into = ({ tokens, given }: ProblemSet['problems'][number], answer: ArrayLike<number>): Int32Array => {
    let next = 0
    return tokens.map((token, l) => (given[l] === 1 ? token : answer[next++ % answer.length]))
  }
  const drawn = (i: number, n: number): number[] =>
    Array.from(rng.fork('unigram', i).uniforms(n), (u) => pool[Math.floor(u * pool.length)])
  const sources = [
    { id: 'repeat-one-row', label: 'one answer repeated', rows: set.problems.map((p) => into(p, first)) },
    {
      id: 'unigram',
      label: 'unigram',
      rows: set.problems.map((p, i) => into(p, drawn(i, p.tokens.length))),
    },
  ]
  const { unchanged, difficulty } = set
  if (unchanged !== undefined)
    sources.push({
      id: 'unchanged',
      label: 'nothing changed',
      rows: set.problems.map((_, i) => unchanged(i)),
    })
  const difficulties = difficulty === undefined ? [] : set.problems.map((_, i) => difficulty(i))
  return sources.map(({ id, label, rows }) => {
    const quality = [
      accuracyOf(set.task, judgeAnswers(rows, set), difficulties),
      ...correctionMetrics(set.task, editsOf(rows, set.edits)),
      ...gapsOf(set.task, rows, set.gaps),
    ]
    return { id, label, kind: 'control', quality }
  })
}
