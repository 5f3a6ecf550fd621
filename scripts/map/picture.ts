/**
 * @file Reads the arrows out of the mermaid picture of docs/architecture.md. It knows the part of mermaid that the picture
 * uses: `a & b --> c & d --> e`, dotted `-.->`, `id["label"]`, and `subgraph id [title] … end`, whose name in an arrow stands
 * for all of its members. What a box imports of the ground is written below its name, after `<br/>`.
 */

/** Arrows by the importing package: full ones, and dotted ones, which tests alone need. */
export type Drawn = {
  readonly imports: Map<string, Set<string>>
  readonly inTestsOnly: Map<string, Set<string>>
}

/** @throws Error when there is no picture, or a line is none that it knows */
export function drawnIn(markdown: string): Drawn {
  const body = /```mermaid\n([\s\S]*?)```/.exec(markdown)?.[1]
  if (body === undefined) throw new Error('there is no ```mermaid block')
  const lines = body
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^graph\b/.test(line))
  const groups = membersOf(lines)
  const drawn: Drawn = { imports: new Map(), inTestsOnly: new Map() }
  const ids = (text: string): string[] =>
    text.split('&').flatMap((node) => {
      const { id, ground } = nodeOf(node)
      for (const below of ground) add(drawn.imports, id, below)
      return groups.get(id) ?? [id]
    })
  for (const line of lines.filter((line) => !isGroupLine(line))) {
    const [first, ...rest] = line.split(/(-->|-\.->)/)
    let from = ids(first)
    for (let i = 0; i < rest.length; i += 2) {
      const to = ids(rest[i + 1])
      const map = rest[i] === '-->' ? drawn.imports : drawn.inTestsOnly
      for (const importer of to) for (const imported of from) add(map, importer, imported)
      from = to
    }
  }
  return drawn
}

const isGroupLine = (line: string): boolean => line === 'end' || line.startsWith('subgraph ')

function membersOf(lines: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  let open: string[] | null = null
  for (const line of lines) {
    const id = /^subgraph ([\w-]+)/.exec(line)?.[1]
    if (id !== undefined) groups.set(id, (open = []))
    else if (line === 'end') open = null
    else open?.push(nodeOf(line).id)
  }
  return groups
}

function nodeOf(text: string): { id: string; ground: string[] } {
  const match = /^([\w-]+)(?:\["?(.*?)"?\])?$/.exec(text.trim())
  if (match === null) throw new Error(`'${text.trim()}' is no box that this reader knows`)
  const [, id, label = ''] = match
  const below = label.split('<br/>')[1] ?? ''
  return { id, ground: below.match(/[\w-]+/g) ?? [] }
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value))
}
