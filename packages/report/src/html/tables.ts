/** @file Tables as HTML: those of words fold into one card a row on a narrow screen, those of numbers scroll. */
import type { Cell, CsvTable } from '../figure.ts'
import type { Table } from '../words/table.ts'
import { escapeHtml as e } from './escape.ts'
import { modelMark } from './marks.ts'

/** A table of words. Every cell carries the name of its column, for the folded form. */
export function wordTable({ header, rows }: Table): string {
  const body = rows.map(({ model, cells }) => {
    const [first, ...others] = cells
    const mark = model === null ? '' : modelMark(model.stroke)
    const alias = model === null || model.alias === '' ? '' : `<small>${e(model.alias)}</small>`
    const fields = others.map((cell, i) => `<td data-column="${e(header[i + 1])}">${e(cell)}</td>`)
    return `<tr><th scope="row" data-column="${e(header[0])}">${mark}<span>${e(first)}${alias}</span></th>${fields.join('')}</tr>`
  })
  return `<div class="scroll" tabindex="0">${tableOf('words', header, body)}</div>`
}

/** The rows of a CSV, with five digits. */
export function numberTable({ header, rows }: CsvTable): string {
  const body = rows.map((row) => {
    const [first, ...others] = row.map(cellText)
    return `<tr><th scope="row">${e(first)}</th>${others.map((c) => `<td>${e(c)}</td>`).join('')}</tr>`
  })
  return `<div class="scroll tall" tabindex="0">${tableOf('numbers', header, body)}</div>`
}

function tableOf(kind: string, header: readonly string[], body: readonly string[]): string {
  const head = header.map((h) => `<th scope="col">${e(h)}</th>`).join('')
  return `<table class="${kind}"><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`
}

function cellText(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)))
}
