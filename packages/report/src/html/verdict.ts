/** @file The verdict as HTML: a table a block; on a narrow screen every row becomes a card. */
import type { VerdictBlock, VerdictCell, VerdictRow, VerdictSpec } from '../verdict/spec.ts'
import { escapeHtml as e } from './escape.ts'
import { downloadBar } from './figures.ts'
import { modelMark } from './marks.ts'

/** `known`: ids of the figures that the page holds, so that no link leads nowhere. */
export function verdictHtml(spec: VerdictSpec, known: ReadonlySet<string>): string {
  const blocks = spec.blocks.map((block) => blockHtml(block, known)).join('')
  return `<figure id="verdict" class="verdict"><h2>${e(spec.title)}</h2>${blocks}<figcaption>${e(spec.caption)}</figcaption>${downloadBar('verdict')}</figure>`
}

function blockHtml(
  { id, title, about, columns, rows, notes }: VerdictBlock,
  known: ReadonlySet<string>,
): string {
  const heads = columns.map((c) => `<th scope="col">${modelMark(c)}<span>${e(c.label)}</span></th>`).join('')
  const body = rows.map((row) => rowHtml(row, columns, known)).join('')
  const notesHtml = notes.map((note) => `<p class="note">${e(note)}</p>`).join('')
  return `<div class="block" id="${e(id)}"><h3>${e(title)}</h3><p class="about">${e(about)}</p><table class="answers"><thead><tr><th scope="col">question</th>${heads}<th scope="col">verdict</th></tr></thead><tbody>${body}</tbody></table>${notesHtml}</div>`
}

function rowHtml(row: VerdictRow, columns: VerdictBlock['columns'], known: ReadonlySet<string>): string {
  const { figure, question, hint, cells, leader, outcome } = row
  const asked =
    figure !== null && known.has(figure) ? `<a href="#${e(figure)}">${e(question)}</a>` : e(question)
  const fields = cells.map((cell, i) => cellHtml(cell, columns[i], i === leader))
  const ink = leader === null ? '' : ` data-ink="${columns[leader].ink}" class="won"`
  return `<tr><th scope="row">${asked}<small>${e(hint)}</small></th>${fields.join('')}<td${ink} data-column="verdict">${e(outcome)}</td></tr>`
}

function cellHtml(
  { value, interval, about, mark }: VerdictCell,
  column: VerdictBlock['columns'][number],
  leads: boolean,
): string {
  const between = interval === '' ? '' : ` <span class="between">${e(interval)}</span>`
  return `<td data-column="${e(column.label)}" data-ink="${column.ink}" class="${leads ? 'leads' : ''}${value === '–' ? ' none' : ''}"><b>${e(value)}</b>${between}${mark === null ? '' : stripHtml(mark)}<small>${e(about)}</small></td>`
}

function stripHtml({ at, low, high, bound }: NonNullable<VerdictCell['mark']>): string {
  const percent = (share: number): string => `${Number((100 * share).toFixed(1))}%`
  return `<span class="strip" aria-hidden="true"><i class="whisker" style="left:${percent(low)};width:${percent(high - low)}"></i><i class="${bound ? 'dot bound' : 'dot'}" style="left:${percent(at)}"></i></span>`
}
