/** @file The samples section: every model and setting beside held-out text. */
import type { Results } from '@trivium/schema'
import { leadOf } from '../findings.ts'
import { type Group, type Member, settingOf } from '../members.ts'
import { forwards } from '../numbers.ts'
import { escapeHtml as e } from './escape.ts'
import { modelMark } from './marks.ts'

/** Texts of one setting. */
interface Page {
  id: string
  name: string
  texts: readonly string[]
  nfe: number
}

/** Samples of one group. A sample record whose `model` is a baseline's id is that baseline's text. */
export function samplesHtml(results: Results, group: Group): string {
  const heldOut = results.baselines
    .filter((b) => b.kind === 'held-out')
    .map((b) => heldOutHtml(results, b.id, b.label))
  const cards = group.models.map((model) => modelHtml(results, group, model))
  const all = [...cards, ...heldOut].filter((card) => card !== '')
  return all.length === 0 ? '' : `<h3>${e(group.label)}</h3><div class="cards samples">${all.join('')}</div>`
}

function modelHtml(results: Results, group: Group, model: Member): string {
  const pages = model.sweeps.flatMap(({ points }) =>
    points.flatMap((point): Page[] => {
      const texts = textsOf(results, model.id, point.id)
      const name = `${settingOf(point)} · ${forwards(point.nfe)}`
      return texts.length === 0 ? [] : [{ id: point.id, name, texts, nfe: point.nfe }]
    }),
  )
  if (pages.length === 0) return ''
  const first = firstPage(pages, leadOf(results, group, model)?.point.id)
  const options = pages.map(
    (p, i) => `<option value="${i}"${i === first ? ' selected' : ''}>${e(p.name)}</option>`,
  )
  const bodies = pages.map(
    (p, i) =>
      `<div class="page" data-page="${i}"${i === first ? '' : ' hidden'}><p class="setting">${e(p.name)}</p>${quotes(p.texts)}</div>`,
  )
  return `<article class="card sample" data-ink="${model.stroke.ink}"><h4>${modelMark(model.stroke)}${e(model.name)}</h4>${ladder(results, group, model)}<label class="pick">setting <select data-pages>${options.join('')}</select></label>${bodies.join('')}</article>`
}

/** Shown first: the setting that the key table calls best; without one, the one with the most forwards. */
function firstPage(pages: readonly Page[], lead: string | undefined): number {
  const most = Math.max(...pages.map((p) => p.nfe))
  return Math.max(
    0,
    pages.findIndex((p) => (lead === undefined ? p.nfe === most : p.id === lead)),
  )
}

/** The first text of a model's best sampler at every step count, few to many; empty for a single setting. */
function ladder(results: Results, group: Group, model: Member): string {
  const label = leadOf(results, group, model)?.point.samplerLabel
  const sweep = model.sweeps.find(({ points }) => points[0].samplerLabel === label)
  const rungs = (sweep?.points ?? []).flatMap(({ id, setting }) =>
    textsOf(results, model.id, id)
      .slice(0, 1)
      .map((text) => `<dt>${e(setting)}</dt><dd>${e(text)}</dd>`),
  )
  if (rungs.length < 2) return ''
  return `<p class="pick">one text by steps, ${e(label ?? '')}</p><dl class="ladder">${rungs.join('')}</dl>`
}

function textsOf(results: Results, model: string, point: string): readonly string[] {
  return results.samples.find((s) => s.model === model && s.point === point)?.texts ?? []
}

function heldOutHtml(results: Results, id: string, label: string): string {
  const texts = results.samples.filter((s) => s.model === id).flatMap((s) => s.texts)
  if (texts.length === 0) return ''
  return `<article class="card sample" data-ink="held-out"><h4>${e(label)}</h4><p class="pick">written by people</p><div class="page">${quotes(texts)}</div></article>`
}

function quotes(texts: readonly string[]): string {
  return texts
    .slice(0, 8)
    .map((t) => `<blockquote>${e(t)}</blockquote>`)
    .join('')
}
