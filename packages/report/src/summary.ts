/** @file summary.md: in words, who wins where, with the numbers, and where the autoregressive baseline wins. */
import type { Results } from '@trivium/schema'
import { commitOf, machineOf } from './caption.ts'
import { keyTable } from './key-table.ts'
import { groupsOf, metricWords } from './select.ts'
import { type Table, wordsOf } from './words.ts'

/** The whole summary as Markdown. Pure: the same results give the same text. */
export function summarise(results: Results): string {
  const parts = [
    `# ${plain(results.name)}`,
    ...(results.description === undefined ? [] : [plain(results.description)]),
  ]
  for (const group of groupsOf(results)) {
    const words = wordsOf(results, group)
    parts.push(`## ${plain(group.label)}`, plain(words.verdict), markdownTable(keyTable(results, group)))
    section(parts, 'Bits per character', words.likelihood)
    for (const budget of words.budgets)
      if (budget.table.rows.length > 0) {
        section(parts, `${metricWords(budget.metric).title} for each budget of forwards`, budget.sentences)
        parts.push(markdownTable(budget.table))
      }
    section(parts, 'Quality at the baseline’s latency', words.latency)
    section(parts, 'Speed at the baseline’s quality', words.speed)
    section(parts, 'Where the autoregressive baseline wins', words.autoregressiveWins)
    section(parts, 'Warnings', words.controls)
  }
  if (results.models.length === 0) parts.push('These results hold no model.')
  section(parts, 'Notes', results.notes, '##')
  const { provenance: p, dataset } = results
  section(
    parts,
    'Where the numbers come from',
    [
      `Data: ${dataset.name} (${dataset.view}); held out: ${dataset.heldOut}.`,
      `Machine: ${machineOf(results)}, ${p.platform}, node ${p.node}; seed${p.seeds.length === 1 ? '' : 's'} ${p.seeds.join(', ')}; ${commitOf(results)}.`,
      `A difference is stated only where two 95 % intervals do not overlap. Budgets count every network evaluation.`,
    ],
    '##',
  )
  parts.push(`Again: \`${p.argv.join(' ').replaceAll('`', "'")}\``)
  return `${parts.join('\n\n')}\n`
}

function section(parts: string[], title: string, lines: readonly string[], level = '###'): void {
  if (lines.length > 0) parts.push(`${level} ${title}`, lines.map((l) => `- ${plain(l)}`).join('\n'))
}

function markdownTable(table: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((c) => plain(c).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(table.header), line(table.header.map(() => '---')), ...table.rows.map(line)].join('\n')
}

/** One line of text that Markdown does not read as markup or HTML. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/([*_`])/g, '\\$1')
}
