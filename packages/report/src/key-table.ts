/** @file The key table: one line a model, its likelihood, its best setting, and what that costs. */
import type { Results } from '@trivium/schema'
import { leadMetric, leadOf, likelihoods } from './findings.ts'
import { bitsOf, count, forwards, type Group, latencyOf, metricOf, metricWords, ms, num } from './select.ts'
import { bitsText, type Table } from './words.ts'

/** Columns without a number in any row are left out. */
export function keyTable(results: Results, group: Group): Table {
  const metric = leadMetric(results, group)
  const bounds = new Map(likelihoods(results, group).entries.map((e) => [e.model.id, e.bound]))
  const header = [
    'model',
    'parameters',
    'training tokens',
    'bits/char',
    'best setting',
    'forwards',
    metric ? metricWords(metric).short : 'quality',
    'valid words',
    'time for a text',
    'tokens/s',
  ]
  const rows = group.models.map((model) => {
    const bits = bitsOf(results, model.id)
    const top = leadOf(results, group, model)
    const latency = top && latencyOf(top.point)
    const valid = top && metricOf(top.point.quality, 'word-validity')
    return [
      model.label,
      count(model.parameters),
      count(model.trainingTokens),
      bits === undefined ? '' : bitsText(bits.value, bounds.get(model.id) ?? true),
      top === undefined
        ? ''
        : model.paradigm === 'autoregressive'
          ? top.point.setting
          : `${top.point.samplerLabel} ${top.point.setting}`,
      top === undefined ? '' : forwards(top.point.nfe),
      top === undefined ? '' : num(top.metric.value),
      valid === undefined ? '' : `${(100 * valid.value).toFixed(0)} %`,
      latency === undefined ? '' : ms(latency.p50),
      latency === undefined ? '' : num(latency.tokensPerSecond),
    ]
  })
  const heldOut = results.baselines.find((b) => b.kind === 'held-out')
  const value = heldOut && metric !== undefined ? metricOf(heldOut.quality, metric) : undefined
  if (heldOut !== undefined && value !== undefined) {
    const valid = metricOf(heldOut.quality, 'word-validity')
    rows.push([
      heldOut.label,
      '',
      '',
      '',
      '',
      '',
      num(value.value),
      valid === undefined ? '' : `${(100 * valid.value).toFixed(0)} %`,
      '',
      '',
    ])
  }
  const used = header.map((_, i) => rows.some((r) => r[i] !== ''))
  return { header: header.filter((_, i) => used[i]), rows: rows.map((r) => r.filter((_, i) => used[i])) }
}
