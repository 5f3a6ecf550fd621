/** @file summary.md: who wins where, first as a table, then in words with the numbers, and where a baseline wins. */
import type { Results } from '@trivium/schema'
import { commitOf, machineOf } from './caption.ts'
import { type Chapter, chaptersOf } from './chapter.ts'
import { verdictTable } from './verdict/table.ts'
import { verdictOf } from './verdict/verdict.ts'
import { wordsOf } from './words/group.ts'
import { keyTable } from './words/key-table.ts'
import type { Table } from './words/table.ts'

/** The whole summary of a run, or of several, as Markdown. Pure: the same results give the same text. */
export function summarise(runs: Results | readonly Results[]): string {
  const chapters = chaptersOf([runs].flat())
  const verdict = verdictOf(chapters)
  const parts = [`# ${plain(chapters.map((c) => c.title).join(', '))}`]
  for (const block of verdict?.blocks ?? []) {
    parts.push(`## ${plain(block.title)}`, plain(block.about), markdownTable(verdictTable(block)))
    section(parts, '', block.notes)
  }
  if (verdict !== null) parts.push(plain(verdict.caption))
  for (const chapter of chapters) chapterText(parts, chapter, chapters.length > 1)
  return `${parts.join('\n\n')}\n`
}

function chapterText(
  parts: string[],
  { results, groups, title, partial, apart }: Chapter,
  several: boolean,
): void {
  if (several) parts.push(`# ${plain(title)}`)
  if (results.description !== undefined) parts.push(plain(results.description))
  section(parts, '', [
    ...partial.map((why) => `Partial: ${why}. It decides nothing.`),
    ...(apart === null ? [] : [apart]),
  ])
  for (const group of groups) {
    const { verdict, sections } = wordsOf(results, group)
    parts.push(`## ${plain(group.label)}`, plain(verdict), markdownTable(keyTable(results, group)))
    for (const { heading, lines, table } of sections) {
      section(parts, `### ${heading}`, lines)
      if (table !== undefined) parts.push(markdownTable(table))
    }
  }
  if (results.models.length === 0) parts.push('These results hold no model.')
  section(parts, '## Notes', results.notes)
  const { provenance: p, dataset } = results
  section(parts, '## Where the numbers come from', [
    `Data: ${dataset.name} (${dataset.view}); held out: ${dataset.heldOut}.`,
    `Machine: ${machineOf(results)}, ${p.platform}, node ${p.node}; seed${p.seeds.length === 1 ? '' : 's'} ${p.seeds.join(', ')}; ${commitOf(results)}.`,
    `A difference is stated only where its 95 % interval excludes zero; what was measured on the same texts, documents or problems is compared pair by pair. Budgets count every network evaluation.`,
  ])
  parts.push(`Again: \`${p.argv.join(' ').replaceAll('`', "'")}\``)
}

/** `heading` is Markdown; empty for a list alone. */
function section(parts: string[], heading: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  if (heading !== '') parts.push(heading)
  parts.push(lines.map((l) => `- ${plain(l)}`).join('\n'))
}

function markdownTable(table: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((c) => plain(c).replaceAll('|', '\\|')).join(' | ')} |`
  const rows = table.rows.map(({ model, cells: [first, ...others] }) =>
    line([model === null || model.alias === '' ? first : `${first} (${model.alias})`, ...others]),
  )
  return [line(table.header), line(table.header.map(() => '---')), ...rows].join('\n')
}

/** One line of text that Markdown does not read as markup or HTML. */
function plain(text: string): string {
  return (
    text
      .replaceAll(/\s+/g, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll(/([\\*_`])/g, '\\$1')
      // Only these make a bracket a link; intervals keep theirs bare.
      .replaceAll(/\](?=[([])/g, '\\]')
  )
}
