/** @file Where the numbers come from: notes, command, machine, engine, data, checkpoints. */
import type { Results } from '@trivium/schema'
import { commitOf } from '../caption.ts'
import { num } from '../numbers.ts'
import { escapeHtml as e } from './escape.ts'

export function provenanceHtml(results: Results): string {
  const p = results.provenance
  const lockfile = p.lockfileSha256 === null ? '' : `, lockfile ${p.lockfileSha256.slice(0, 12)}`
  const facts: [string, string][] = [
    ['Command', p.argv.join(' ')],
    ['Code', `Trivium ${p.trivium}, ${commitOf(results)}${lockfile}`],
    ['Machine', `${p.cpu}, ${p.cores} cores, ${num(p.memoryGiB)} GiB, ${p.platform}, node ${p.node}`],
    ['Engine', engineFact(results)],
    ['Seeds', p.seeds.join(', ')],
    ['Data', `${results.dataset.name} (${results.dataset.view}), sha256 ${p.datasetSha256.slice(0, 16)}`],
    ['Written', `${results.createdAt}, after ${num(results.wallSeconds)} s`],
    ...results.models.map((m): [string, string] => [
      `${m.label}, ${m.group}`,
      `${m.parameters.toLocaleString('en-US')} parameters, ${m.trainingTokens.toLocaleString('en-US')} tokens of ${m.dataset} on ${m.trainingEngine}, checkpoint sha256 ${m.checkpointSha256.slice(0, 16)}`,
    ]),
  ]
  const notes = results.notes.map((n) => `<li>${e(n)}</li>`).join('')
  const list = facts.map(([k, v]) => `<dt>${e(k)}</dt><dd>${e(v)}</dd>`).join('')
  return `<div class="provenance">${notes === '' ? '' : `<ul>${notes}</ul>`}<dl>${list}</dl></div>`
}

/** The engine, and how it was chosen: by name, or as the fastest of what was measured. */
function engineFact({ provenance: { engine, engineThreads: n, engineChoice } }: Results): string {
  const threads = n === null ? '' : `, ${n} thread${n === 1 ? '' : 's'}`
  const { how, use, calibration } = engineChoice ?? {}
  const why = how === undefined ? '' : { named: ', named', only: ', the only one', measured: '' }[how]
  if (how !== 'measured' || !calibration) return `${engine}${threads}${why}`
  const figures = calibration.figures.map(
    ({ label, trainMs, forwardMs }) => `${label} ${num(use === 'training' ? trainMs : forwardMs)} ms`,
  )
  return `${engine}${threads}, the fastest in ${use} at width ${calibration.width}: ${figures.join(', ')}`
}
