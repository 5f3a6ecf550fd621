/** @file The samples section: every model and setting beside held-out text, and the trace theatre. */
import type { ModelRecord, Results } from '@trivium/schema'
import { leadOf } from '../findings.ts'
import { paradigmLabels } from '../palette.ts'
import { forwards, type Group, pointsOf } from '../select.ts'
import { embedJson, escapeHtml } from './escape.ts'
import { packTraces } from './traces.ts'

/** Samples of one group. A sample record whose `model` is a baseline's id is that baseline's text. */
export function samplesHtml(results: Results, group: Group): string {
  const heldOut = results.baselines
    .filter((b) => b.kind === 'held-out')
    .map((b) => textsOf(results, b.id, b.label))
  const columns = group.models.map((model) => {
    const points = pointsOf(results, { ...group, models: [model] })
    const pages = points.flatMap(({ point }) => {
      const texts = results.samples.find((s) => s.model === model.id && s.point === point.id)?.texts ?? []
      const name =
        model.paradigm === 'autoregressive' ? point.setting : `${point.samplerLabel} ${point.setting}`
      return texts.length === 0
        ? []
        : [{ id: point.id, name: `${name} · ${forwards(point.nfe)} forwards`, texts, cost: point.nfe }]
    })
    if (pages.length === 0) return ''
    // Shown first: the setting that the key table calls best; without one, the one with the most forwards.
    const lead = leadOf(results, group, model)
    const most = Math.max(...pages.map((p) => p.cost))
    const first = Math.max(
      0,
      pages.findIndex((p) => (lead === undefined ? p.cost === most : p.id === lead.point.id)),
    )
    const options = pages.map(
      (p, i) => `<option value="${i}"${i === first ? ' selected' : ''}>${escapeHtml(p.name)}</option>`,
    )
    const bodies = pages.map(
      (p, i) =>
        `<div class="page" data-page="${i}"${i === first ? '' : ' hidden'}><p class="setting">${escapeHtml(p.name)}</p>${quotes(p.texts)}</div>`,
    )
    return `<article class="sample" data-role="${model.paradigm}"><h4>${escapeHtml(model.label)}</h4>${ladder(results, group, model)}<label class="pick">setting <select data-pages>${options.join('')}</select></label>${bodies.join('')}</article>`
  })
  const all = [...columns, ...heldOut].filter((c) => c !== '')
  return all.length === 0
    ? ''
    : `<h3>${escapeHtml(group.label)}</h3><div class="samples">${all.join('')}</div>`
}

/** The first text of a model's best sampler at every step count, few to many; empty for a single setting. */
function ladder(results: Results, group: Group, model: ModelRecord): string {
  const label = leadOf(results, group, model)?.point.samplerLabel
  const rungs = pointsOf(results, { ...group, models: [model] })
    .filter(({ point }) => point.samplerLabel === label)
    .sort((a, b) => a.point.nfe - b.point.nfe)
    .flatMap(({ point }) => {
      const [text] = results.samples.find((s) => s.model === model.id && s.point === point.id)?.texts ?? []
      return text === undefined ? [] : [{ setting: point.setting, text }]
    })
  if (rungs.length < 2) return ''
  const items = rungs.map(
    ({ setting, text }) => `<dt>${escapeHtml(setting)}</dt><dd>${escapeHtml(text)}</dd>`,
  )
  return `<p class="pick">one text by steps, ${escapeHtml(label ?? '')}</p><dl class="ladder">${items.join('')}</dl>`
}

function textsOf(results: Results, id: string, label: string): string {
  const texts = results.samples.filter((s) => s.model === id).flatMap((s) => s.texts)
  if (texts.length === 0) return ''
  return `<article class="sample" data-role="held-out"><h4>${escapeHtml(label)}</h4><p class="pick">written by people</p><div class="page">${quotes(texts)}</div></article>`
}

function quotes(texts: readonly string[]): string {
  return texts
    .slice(0, 8)
    .map((t) => `<blockquote>${escapeHtml(t)}</blockquote>`)
    .join('')
}

/** The trace theatre of a group: one stage a paradigm, one slider for all; empty without traces. */
export function theatreHtml(results: Results, group: Group): string {
  const traces = packTraces(results, group)
  if (traces.length === 0) return ''
  const id = `trace-${slug(group.id)}`
  const stages = Object.entries(paradigmLabels).flatMap(([paradigm, label]) => {
    const mine = traces.map((t, i) => ({ t, i })).filter(({ t }) => t.paradigm === paradigm)
    if (mine.length === 0) return []
    // Long enough to watch, and of the sampler that the key table calls best.
    const model = group.models.find((m) => m.paradigm === paradigm)
    const lead = model && leadOf(results, group, model)?.point.samplerLabel
    const long = mine.map(({ t }, k) => ({ t, k })).filter(({ t }) => t.frames.length >= 16)
    const shown = (long.find(({ t }) => t.sampler === lead) ?? long[0])?.k ?? 0
    const options = mine.map(
      ({ t, i }, k) =>
        `<option value="${i}"${k === shown ? ' selected' : ''}>${escapeHtml(t.setting)} (${t.frames.length} frames)</option>`,
    )
    return [
      `<section class="stage" data-role="${paradigm}"><h4>${label}</h4><label class="pick">setting <select data-trace>${options.join('')}</select></label><p class="canvas" role="group" aria-label="${label}, the text at this step"></p><p class="meter"></p></section>`,
    ]
  })
  return `<div class="theatre" data-source="${id}"><h3>${escapeHtml(group.label)}</h3>
<div class="controls"><button type="button" class="play" aria-pressed="false">Play</button><input type="range" min="0" max="1000" value="0" aria-label="progress of the writing"><output>start</output>
<label class="pick">together by <select data-sync><option value="time">wall clock</option><option value="share">share of the steps</option></select></label></div>
<div class="stages">${stages.join('')}</div>
<script type="application/json" id="${id}">${embedJson(traces)}</script></div>`
}

export function slug(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9-]+/g, '-')
}
