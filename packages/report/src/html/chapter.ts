/** @file A chapter of the page: the charts of its first group, then what a reader asks for, folded. */
import type { Results } from '@trivium/schema'
import { machineOf } from '../caption.ts'
import type { Chapter } from '../chapter.ts'
import type { FigureSpec } from '../figure.ts'
import type { Group } from '../members.ts'
import { wordsOf } from '../words/group.ts'
import { keyTable } from '../words/key-table.ts'
import { escapeHtml as e } from './escape.ts'
import { figureHtml } from './figures.ts'
import { provenanceHtml } from './provenance.ts'
import { samplesHtml } from './samples.ts'
import { wordTable } from './tables.ts'
import { theatreHtml } from './theatre.ts'

/** `of`: how many chapters the page has; with several each needs its own head, and folds more. */
export function chapterHtml(chapter: Chapter, figures: readonly FigureSpec[], of: number): string {
  const several = of > 1
  const { results, groups, slug, title, apart } = chapter
  const named = groups.length > 1
  const head = several ? `<h2>${e(title)}</h2><p class="dek">${e(dek(chapter))}</p>` : ''
  const [shown, folded] = [
    figures.filter((f) => !f.quiet && !f.folded),
    figures.filter((f) => !f.quiet && f.folded),
  ]
  const open = several ? Math.max(1, 4 - of) : shown.length
  const [main, more] = [shown.slice(0, open), [...shown.slice(open), ...folded]]
  const draw = (list: readonly FigureSpec[]): string => list.map((f) => figureHtml(f, named)).join('')
  const [first, ...others] = groups
  const body = [
    apart === null ? '' : `<p class="note">${e(apart)}</p>`,
    first === undefined ? '' : tableHtml(chapter, first, named),
    draw(main),
    fold(`More charts: ${more.map((f) => f.title.toLowerCase()).join(', ')}`, draw(more)),
    ...others.map((group) =>
      fold(
        `${group.label}: the same charts and texts`,
        `${tableHtml(chapter, group, named)}${draw(figures.filter((f) => f.quiet && f.group === group.label))}${theatreHtml(results, group)}${samplesHtml(results, group)}`,
      ),
    ),
    first === undefined
      ? ''
      : fold('Watch them write', withIntro(theatreIntro, theatreHtml(results, first)), !several, ' moving'),
    first === undefined ? '' : fold('Samples', samplesHtml(results, first)),
    fold('Findings in full', groups.map((g) => findingsHtml(chapter, g)).join('')),
    fold('Where the numbers come from', provenanceHtml(results)),
  ]
  return `<section class="part"${slug === '' ? '' : ` id="${e(slug)}"`}>${head}${body.join('')}</section>`
}

function fold(title: string, body: string, open = false, kind = ''): string {
  return body === ''
    ? ''
    : `<details class="fold${kind}"${open ? ' open' : ''}><summary><h3>${e(title)}</h3></summary>${body}</details>`
}

const theatreIntro =
  'One text of each model, as it was written. By the wall clock all start together, and each takes its median time for one text at batch 1; by steps they finish together. A darker ground means a surer position, an underline marks what the last step changed, a shaded block is a mask. The arrow keys move the slider, the space bar plays.'

const withIntro = (intro: string, body: string): string =>
  body === '' ? '' : `<p class="intro">${e(intro)}</p>${body}`

function tableHtml({ results }: Chapter, group: Group, named: boolean): string {
  const head = named ? `<h3>${e(group.label)}</h3>` : ''
  return `<div class="key">${head}${wordTable(keyTable(results, group))}</div>`
}

function findingsHtml({ results }: Chapter, group: Group): string {
  const { sections } = wordsOf(results, group)
  const parts = sections.map(({ heading, lines, table }) => {
    const items = lines.map((l) => `<li>${e(l)}</li>`).join('')
    return `<h4>${e(heading)}</h4><ul>${items}</ul>${table === undefined ? '' : wordTable(table)}`
  })
  return `<div class="findings"><h3>${e(group.label)}</h3>${parts.join('')}</div>`
}

/** What was measured on what, and with which settings everywhere. */
export function dek({ results, shared }: Pick<Chapter, 'results' | 'shared'>): string {
  const { dataset, description } = results
  const about = description === undefined ? '' : `${description.replace(/[.\s]*$/, '')}. `
  const settings = shared === '' ? '' : ` Every sampler at ${shared}.`
  return `${about}Held out: ${dataset.heldOut}${sizes(dataset)}. ${machineOf(results)}.${settings}`
}

function sizes({ testCharacters, trainCharacters }: Results['dataset']): string {
  const words = (n: number): string => n.toLocaleString('en-US')
  return trainCharacters === 0
    ? ''
    : ` (${words(testCharacters)} characters; trained on ${words(trainCharacters)})`
}
