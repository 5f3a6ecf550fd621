/**
 * @file The chapters of a report. Runs on the same data, the same controls and the same machine stand on one front; what was
 * measured otherwise stands in a chapter of its own that says why.
 */
import type { Results } from '@trivium/schema'
import { machineOf } from './caption.ts'
import { type Group, groupsOf, slug } from './members.ts'

export interface Chapter {
  /** Of one run, or of several as if they were one. */
  results: Results
  groups: Group[]
  /** Stands in ids and file names, so that no two chapters share one; empty in a report of one chapter. */
  slug: string
  title: string
  /** Settings that every sampler has, 'temperature=0': said once, and left out of labels. */
  shared: string
  /** Why it does not stand on the front of an earlier chapter with the same data; null without one. */
  apart: string | null
  /** What its runs say of being only a part of what was to be measured. */
  partial: string[]
}

/** In the order of the runs. */
export function chaptersOf(runs: readonly Results[]): Chapter[] {
  const names = uniqueNames(runs)
  const named = runs.map((results, i) => ({ name: names[i], results }))
  const fronts = named.map(({ results }) => JSON.stringify(frontOf(results)))
  const bundles = [...new Set(fronts)].map((front) => named.filter((_, i) => fronts[i] === front))
  return bundles.map((bundle, i): Chapter => {
    const title = bundle.map(({ name }) => name).join(' + ')
    const own = bundles.length > 1 ? slug(title) || `chapter-${i + 1}` : ''
    const { results, shared } = plainLabels(merged(bundle))
    return {
      results,
      groups: groupsOf(results, own),
      slug: own,
      title,
      shared,
      apart: apartFrom(
        bundles.slice(0, i).map(([first]) => first),
        bundle[0].results,
      ),
      partial: bundle.flatMap(({ name, results: { partial } }) =>
        partial === undefined ? [] : [runs.length > 1 ? `${name}: ${partial}` : partial],
      ),
    }
  })
}

interface Named {
  name: string
  results: Results
}

/** All that two runs must share before their points may stand on one front. */
function frontOf(results: Results): Record<'data' | 'measure' | 'controls', unknown> & { machine: string } {
  const { dataset, provenance, points, baselines } = results
  const tasks = new Set(points.flatMap(({ quality }) => quality.map(({ task }) => task)))
  return {
    data: [dataset.name, dataset.view, provenance.datasetSha256],
    machine: machineOf(results),
    measure: [results.evaluationVersion, [...tasks].sort()],
    controls: baselines.map(({ id, quality }) => [id, quality.map(({ name, value, n }) => [name, value, n])]),
  }
}

function apartFrom(earlier: readonly Named[], results: Results): string | null {
  const own = frontOf(results)
  const twin = earlier.find(({ results: r }) => JSON.stringify(frontOf(r).data) === JSON.stringify(own.data))
  if (twin === undefined) return null
  const theirs = frontOf(twin.results)
  const same = (part: 'measure' | 'controls'): boolean =>
    JSON.stringify(own[part]) === JSON.stringify(theirs[part])
  const why =
    own.machine !== theirs.machine
      ? `on another machine (${own.machine} here, ${theirs.machine} there)`
      : same('measure')
        ? 'measured against other texts'
        : 'measured by other tasks or by another version of the metrics'
  return `On the same data as ${twin.name}, but ${why}: the two are not ranked against each other.`
}

/** A second run of a name is called 'name (2)'. */
function uniqueNames(runs: readonly Results[]): string[] {
  const seen = new Map<string, number>()
  return runs.map(({ name }) => {
    const nth = (seen.get(name) ?? 0) + 1
    seen.set(name, nth)
    return nth === 1 ? name : `${name} (${nth})`
  })
}

/** Several runs as one: ids carry the run's name, labels only where two runs share one. */
function merged(bundle: readonly Named[]): Results {
  const [{ results: first }] = bundle
  if (bundle.length === 1) return first
  const labels = bundle.flatMap(({ results }) => results.models.map((m) => m.label))
  const isShared = (label: string): boolean => labels.indexOf(label) !== labels.lastIndexOf(label)
  const parts = bundle.map(({ name, results }): Results => {
    const own = new Set(results.models.map(({ id }) => id))
    const at = (id: string): string => `${name}/${id}`
    const ofModel = <T extends { model: string }>(part: T): T => ({ ...part, model: at(part.model) })
    return {
      ...results,
      models: results.models.map((m) => ({
        ...m,
        id: at(m.id),
        label: isShared(m.label) ? `${m.label}, ${name}` : m.label,
      })),
      metrics: results.metrics.map(ofModel),
      points: results.points.map((p) => ({ ...ofModel(p), id: at(p.id) })),
      training: results.training.map(ofModel),
      samples: results.samples.flatMap((s) =>
        own.has(s.model) ? [{ ...ofModel(s), point: at(s.point) }] : results === first ? [s] : [],
      ),
      notes: results.notes.map((note) => `${name}: ${note}`),
    }
  })
  const { description: _, ...rest } = first
  return {
    ...rest,
    name: bundle.map(({ name }) => name).join(' + '),
    wallSeconds: parts.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0),
    provenance: {
      ...first.provenance,
      seeds: [...new Set(parts.flatMap(({ provenance }) => provenance.seeds))],
    },
    models: parts.flatMap((p) => p.models),
    metrics: parts.flatMap((p) => p.metrics),
    points: parts.flatMap((p) => p.points),
    training: parts.flatMap((p) => p.training),
    samples: parts.flatMap((p) => p.samples),
    notes: parts.flatMap((p) => p.notes),
  }
}

/** What every sampler's label repeats, 'temperature=0', is taken out of them. */
function plainLabels(results: Results): { results: Results; shared: string } {
  const words = results.points.map(({ samplerLabel }) => samplerLabel.split(' ').slice(1))
  const shared = (words[0] ?? []).filter((word) => words.every((list) => list.includes(word)))
  if (shared.length === 0) return { results, shared: '' }
  const points = results.points.map((point) => ({
    ...point,
    samplerLabel: point.samplerLabel
      .split(' ')
      .filter((word, i) => i === 0 || !shared.includes(word))
      .join(' '),
  }))
  return { results: { ...results, points }, shared: shared.join(' ') }
}
