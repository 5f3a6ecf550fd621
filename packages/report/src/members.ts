/**
 * @file The models of a group, each with its name and its look: hue by paradigm, shade and dash by model, a mark for
 * every model and then every sweep of the group, while marks last. Charts, tables, legends and the player all take them from here.
 */
import {
  type ModelRecord,
  type Paradigm,
  type Point,
  paradigms,
  paradigmTable,
  type Results,
} from '@trivium/schema'
import { type Dash, type Shape, type Stroke, sweepShapes } from './figure.ts'
import { shadeCount } from './palette.ts'

/** A model of a group: its record, how it is called, and how it is drawn. */
export interface Member extends ModelRecord {
  /** How charts, tables and sentences call it: by its paradigm where no other model of the group has that, else by its label. */
  name: string
  /** The other of the two, for whoever looks for it; empty when both are the same. */
  alias: string
  /** Its own mark is that of its first sampler. */
  stroke: Stroke
  sweeps: Sweep[]
}

/** Points of one model and one sampler, in order of NFE. */
export interface Sweep {
  label: string
  stroke: Stroke
  points: Point[]
}

/** The models that were trained alike and may be compared. */
export interface Group {
  id: string
  /** The id as a part of file names and anchors, different for every group. */
  slug: string
  /** 'Reference trio', 'Freshly trained pair', or the group's own name. */
  label: string
  /** True for every group but the first. */
  quiet: boolean
  /** In the order of paradigms. */
  models: Member[]
}

const dashes: readonly Dash[] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 4]]
const nouns = ['', 'model', 'pair', 'trio']

/** The groups of a result file, 'reference' before the others. `within`: a chapter, whose name their slugs begin with. */
export function groupsOf(results: Results, within = ''): Group[] {
  const ids = [...new Set(results.models.map((m) => m.group))]
  ids.sort((a, b) => Number(b === 'reference') - Number(a === 'reference'))
  const slugs = slugsOf(ids).map((own) => (within === '' ? own : `${within}-${own}`))
  return ids.map((id, index) => {
    const models = membersOf(
      results.models.filter((m) => m.group === id),
      results.points,
    )
    const noun = nouns[models.length] ?? 'models'
    const known: Record<string, string> = {
      reference: 'Reference',
      fresh: 'Freshly trained',
      oracle: 'Exact',
    }
    return { id, slug: slugs[index], label: `${known[id] ?? id} ${noun}`, quiet: index > 0, models }
  })
}

function membersOf(records: readonly ModelRecord[], points: readonly Point[]): Member[] {
  const ordered = [...records].sort((a, b) => paradigms.indexOf(a.paradigm) - paradigms.indexOf(b.paradigm))
  const seen = new Map<Paradigm, number>()
  // The first sampler of each model has the model's own mark; the others take what is left.
  const taken = ordered.map((_, i) => sweepShapes[i % sweepShapes.length])
  return ordered.map((record, place): Member => {
    const { paradigm } = record
    const nth = seen.get(paradigm) ?? 0
    seen.set(paradigm, nth + 1)
    const { name, alias } = namesOf(record, ordered)
    const stroke: Stroke = {
      ink: `${paradigm}-${nth % shadeCount}`,
      // Shifted when the shades begin again, so that no two models share both.
      dash: dashes[(nth + Math.floor(nth / shadeCount)) % dashes.length],
      shape: taken[place],
    }
    const mine = points.filter((p) => p.model === record.id)
    const samplers = [...new Set(mine.map((p) => p.samplerLabel))]
    const shapes = shapesOf(samplers.length, stroke.shape, taken)
    const sweeps = samplers.map((sampler, i): Sweep => {
      const swept = mine.filter((p) => p.samplerLabel === sampler).sort((a, b) => a.nfe - b.nfe)
      const plain = samplers.length === 1 && swept.every(isUnnamed)
      const label = plain ? name : `${name}, ${sampler}`
      return { label, stroke: { ...stroke, shape: shapes[i] }, points: swept }
    })
    return { ...record, name, alias, stroke, sweeps }
  })
}

/** Marks of a model's samplers, its own first: each the one that is rarest in the group and new to the model. */
function shapesOf(count: number, own: Shape, taken: Shape[]): Shape[] {
  const shapes = [own]
  const uses = (shape: Shape, list: readonly Shape[]): number => list.filter((s) => s === shape).length
  while (shapes.length < count) {
    const [next] = sweepShapes.toSorted(
      (a, b) => uses(a, shapes) - uses(b, shapes) || uses(a, taken) - uses(b, taken),
    )
    shapes.push(next)
    taken.push(next)
  }
  return shapes
}

function namesOf(record: ModelRecord, all: readonly ModelRecord[]): { name: string; alias: string } {
  const { id, label, paradigm } = record
  const words = paradigmTable[paradigm].label
  if (all.every((m) => m === record || m.paradigm !== paradigm))
    return { name: words, alias: label === words ? '' : label }
  const twin = all.some((m) => m !== record && m.label === label)
  return { name: twin ? `${label} (${id})` : label, alias: words }
}

/** A sampler without a dial: its setting only repeats its name. */
const isUnnamed = ({ samplerLabel, setting }: Point): boolean =>
  samplerLabel.toLowerCase() === setting.toLowerCase()

/** Sampler and setting of a point: 'ddim S=16'; 'AR' where the setting says all. */
export function settingOf(point: Point): string {
  return isUnnamed(point) ? point.setting : `${point.samplerLabel} ${point.setting}`
}

/**
 * The model that the others are measured against: the first autoregressive one with points, in a group that holds
 * another paradigm too.
 */
export function baselineOf(group: Group): Member | undefined {
  if (group.models.every((m) => m.paradigm === 'autoregressive')) return undefined
  return group.models.find((m) => m.paradigm === 'autoregressive' && m.sweeps.length > 0)
}

/** Whether every paradigm stands among the models: then a report is about the three roads. */
export function hasAllRoads(models: readonly ModelRecord[]): boolean {
  return paradigms.every((p) => models.some((m) => m.paradigm === p))
}

/** Not learned: the exact denoiser of a language. */
export const isOracle = ({ group }: ModelRecord): boolean => group === 'oracle'

/** A name as a part of a file name or an anchor: it leads to no other folder and is not too long for any file system. */
export function slug(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9-]+/g, '-').slice(0, 80)
}

/** Slugs that differ from one another, also where letters are not told apart by case. */
export function slugsOf(ids: readonly string[]): string[] {
  const taken = new Set<string>()
  return ids.map((id) => {
    let free = slug(id) || 'group'
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${slug(id) || 'group'}-${n}`
    taken.add(free.toLowerCase())
    return free
  })
}
