/** @file What is said about bits per character: bounds are called bounds, and prove only what a bound can prove. */
import type { Metric, Results } from '@trivium/schema'
import { boundWords, scoredOn, textOf } from '../charts/bits.ts'
import type { LikelihoodEntry, LikelihoodFindings } from '../findings.ts'
import { num } from '../numbers.ts'
import { capital, introduced, listed, said } from './phrases.ts'

const bitsText = ({ value, boundType }: Metric): string => textOf({ bits: value, boundType })

/** For the paragraph at the top. */
export function likelihoodVerdict(results: Results, findings: LikelihoodFindings): string {
  const { entries, exactBest, proven } = findings
  if (entries.length === 0) return ''
  const parts = entries.map((e) => `${introduced(e.model)} ${bitsText(e.metric)}${e.bound ? '' : ' (exact)'}`)
  const head = `In bits per character ${scoredOn(results)}: ${listed(parts)}.`
  const bounds = entries.filter((e) => e.bound)
  if (bounds.length === 0) return head
  const lowest = findings.lowestBounds.map(lowestSentence)
  if (exactBest === undefined) return [head, ...lowest].join(' ')
  if (proven.length === 0)
    return [
      head,
      'The diffusion numbers are upper bounds, so they prove no order beside the exact one.',
      ...lowest,
    ].join(' ')
  const who = capital(listed(proven.map(said)))
  const beat = proven.length === 1 ? 'beats' : 'beat'
  const bound = proven.length === 1 ? 'its bound' : 'their bounds'
  return [head, `${who} ${beat} the exact ${num(exactBest.metric.value)} even by ${bound}.`, ...lowest].join(
    ' ',
  )
}

/** For the section. */
export function likelihoodSentences(findings: LikelihoodFindings): string[] {
  const { entries, exactBest, proven } = findings
  const lines = entries.map(({ model, metric }) => {
    const { ci95, boundType, draws, n } = metric
    const error = ci95 === null ? '' : ` [${num(ci95[0])}, ${num(ci95[1])}]`
    const kind = boundType === null ? 'bound type not given' : boundWords[boundType]
    const noise = draws === undefined ? '' : `, ${draws} draws a row`
    return `${model.name}: ${bitsText(metric)}${error} bits per character, ${kind}${noise}, n = ${n}.`
  })
  const kinds = new Set(entries.filter((e) => e.bound).map((e) => e.metric.boundType))
  lines.push(...findings.lowestBounds.map(lowestSentence))
  if (kinds.size > 1) lines.push('Bounds of different kinds are not ranked against each other.')
  if (exactBest !== undefined && kinds.size > 0)
    lines.push(
      proven.length > 0
        ? `A bound below an exact value is a proof: ${listed(proven.map(said))} ${proven.length === 1 ? 'models' : 'model'} this text better than ${said(exactBest.model)}.`
        : 'A bound above an exact value proves nothing: the model may be better than its bound.',
    )
  return lines
}

/** Bounds of one kind may be compared with each other. */
function lowestSentence({ kind, lowest, level, others }: LikelihoodFindings['lowestBounds'][number]): string {
  const name = boundWords[kind].replace(/^.*\((.*)\)$/, '$1')
  const values = (list: LikelihoodEntry[]): string =>
    listed(list.map((e) => `${said(e.model)} ${num(e.metric.value)}`))
  return level.length === 0
    ? `Of the bounds by ${name} that of ${said(lowest.model)} is the lowest (${values([lowest, ...others])}).`
    : `Among the lowest bounds by ${name} no difference is shown (${values([lowest, ...level])}).`
}
