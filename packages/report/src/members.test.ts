/** @file Models of any set are called and drawn so that no two can be taken for each other. */
import { type Paradigm, paradigms } from '@trivium/schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sweepShapes } from './figure.ts'
import { baselineOf, type Group, groupsOf, type Member, settingOf } from './members.ts'
import { type MadeUp, madeUp } from './testing/fixture.ts'

const masked = (label: string, more: Partial<MadeUp> = {}): MadeUp => ({
  label,
  paradigm: 'masked-diffusion',
  ...more,
})
const ar = (label = 'ar'): MadeUp => ({ label, paradigm: 'autoregressive' })
const groupOf = (...models: MadeUp[]): Group => groupsOf(madeUp(models))[0]
const look = ({ stroke: { ink, dash } }: Member): string => JSON.stringify([ink, dash])

test('a model is called by its paradigm where that is unique, else by its label; the other is its alias', () => {
  const names = (group: Group): string[][] => group.models.map((m) => [m.name, m.alias])
  expect(names(groupOf(ar('sotu-ar'), masked('flat'), masked('elbo')))).toEqual([
    ['Autoregressive', 'sotu-ar'],
    ['flat', 'Masked diffusion'],
    ['elbo', 'Masked diffusion'],
  ])
  expect(names(groupOf(masked('Masked diffusion')))).toEqual([['Masked diffusion', '']])
  const twins = groupOf(masked('m', { id: 'run-1/m' }), masked('m', { id: 'run-2/m' }))
  expect(twins.models.map((m) => m.name)).toEqual(['m (run-1/m)', 'm (run-2/m)'])
})

test('shade and dash together are different for any two models of a paradigm, 25 of them', () => {
  const group = groupOf(...Array.from({ length: 25 }, (_, i) => masked(`m${i}`)))
  expect(new Set(group.models.map(look)).size).toBe(25)
})

test('in any group the hue is the paradigm’s, and marks are different for models while they last', () => {
  const paradigm = fc.constantFrom<Paradigm>(...paradigms)
  fc.assert(
    fc.property(fc.array(paradigm, { minLength: 1, maxLength: 9 }), (list) => {
      const { models } = groupOf(...list.map((p, i) => ({ label: `m${i}`, paradigm: p })))
      expect(models.every((m) => m.stroke.ink.startsWith(`${m.paradigm}-`))).toBe(true)
      expect(new Set(models.map((m) => m.stroke.shape)).size).toBe(models.length)
      const sweeps = models.flatMap((m) => m.sweeps.map((s) => s.stroke))
      expect(new Set(sweeps.map((s) => s.shape)).size).toBe(Math.min(sweeps.length, sweepShapes.length))
      // What shares a mark still differs in colour or dash.
      expect(new Set(sweeps.map((s) => JSON.stringify(s))).size).toBe(sweeps.length)
    }),
    { numRuns: 25 },
  )
})

test('a model without points has its mark and no sweep', () => {
  const results = madeUp([ar(), masked('flat')])
  results.points = results.points.filter((p) => p.model !== 'flat')
  const [{ models }] = groupsOf(results)
  expect(models[1].sweeps).toEqual([])
  expect(models[1].stroke.shape).not.toBe(models[0].stroke.shape)
})

test('a baseline is the autoregressive model with points of a group that holds another paradigm', () => {
  expect(baselineOf(groupOf(ar(), masked('flat')))?.label).toBe('ar')
  expect(baselineOf(groupOf(ar('first'), ar('second'), masked('flat')))?.label).toBe('first')
  expect(baselineOf(groupOf(ar('first'), ar('second')))).toBeUndefined()
  expect(baselineOf(groupOf(masked('flat')))).toBeUndefined()
})

test('groups come with nouns, with file names of their own, reference first', () => {
  const groups = groupsOf(
    madeUp([
      masked('a', { group: 'a/b' }),
      masked('b', { group: 'a b' }),
      masked('c', { group: '' }),
      masked('d', { group: 'reference' }),
      masked('e', { group: 'reference' }),
    ]),
  )
  expect(groups.map((g) => [g.label, g.slug, g.quiet])).toEqual([
    ['Reference pair', 'reference', false],
    ['a/b model', 'a-b', true],
    ['a b model', 'a-b-2', true],
    [' model', 'group', true],
  ])
})

test('a setting names its sampler, unless the sampler has no dial', () => {
  const { points } = madeUp([ar(), masked('flat')])
  expect([points[0], points[1]].map(settingOf)).toEqual(['AR', 'ancestral S=4'])
})
