/** @file The trace theatre of a group: one stage a model, one slider for all. */
import type { Results } from '@trivium/schema'
import { leadOf } from '../findings.ts'
import type { Group, Member } from '../members.ts'
import { counted } from '../numbers.ts'
import { escapeHtml as e, embedJson } from './escape.ts'
import { modelMark } from './marks.ts'
import { type PackedTrace, packTraces } from './traces.ts'

/** Empty without traces. */
export function theatreHtml(results: Results, group: Group): string {
  const traces = group.models.flatMap((model) =>
    packTraces(results, model).map((trace) => ({ model, trace })),
  )
  if (traces.length === 0) return ''
  const id = `trace-${group.slug}`
  const stages = group.models.flatMap((model) => {
    const mine = traces.flatMap(({ model: of, trace }, i) => (of === model ? [{ trace, i }] : []))
    return mine.length === 0 ? [] : stageHtml(model, mine, leadOf(results, group, model)?.point.samplerLabel)
  })
  return `<div class="theatre" data-source="${id}"><h3>${e(group.label)}</h3>
<div class="controls"><button type="button" class="play" aria-pressed="false">Play</button><input type="range" min="0" max="1000" value="0" aria-label="progress of the writing"><output>start</output>
<label class="pick">together by <select data-sync><option value="time">wall clock</option><option value="share">share of the steps</option></select></label></div>
<div class="cards">${stages.join('')}</div>
<script type="application/json" id="${id}">${embedJson(traces.map(({ trace }) => trace))}</script></div>`
}

/** `i` is a trace's place among those of the group. Shown first: one long enough to watch, of the model's best sampler. */
function stageHtml(
  model: Member,
  traces: readonly { trace: PackedTrace; i: number }[],
  sampler: string | undefined,
): string {
  const long = traces.filter(({ trace }) => trace.frames.length >= 16)
  const shown = long.find(({ trace }) => trace.sampler === sampler) ?? long[0] ?? traces[0]
  const options = traces.map(
    (t) =>
      `<option value="${t.i}"${t === shown ? ' selected' : ''}>${e(t.trace.setting)} (${counted(t.trace.frames.length, 'frame')})</option>`,
  )
  return `<section class="card stage" data-ink="${model.stroke.ink}"><h4>${modelMark(model.stroke)}${e(model.name)}</h4><label class="pick">setting <select data-trace>${options.join('')}</select></label><p class="canvas" role="group" aria-label="${e(model.name)}, the text at this step"></p><p class="meter"></p></section>`
}
