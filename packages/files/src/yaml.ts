/**
 * @file YAML that people write, read strictly: what YAML would let pass in silence or blow up on is one line with its place.
 * Aliases and merge keys (`<<`) are written out where they stand, so that whoever reads the document meets plain values.
 */
import { InputError } from '@trivium/schema'
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml'

/** A document without aliases and merge keys; `lineOf` gives the line of an offset, from 1. */
export type YamlDocument = { readonly document: Document; readonly lineOf: (offset: number) => number }

/** Values that the aliases of one document may stand for. A few lines of aliases can otherwise fill the memory. */
const mostAliased = 10_000

/** Collections inside of collections. The parser and all who read its document recurse. */
const mostNested = 100

/**
 * @param placeOf how errors name a line, e.g. `configs/demo.yaml:7`
 * @throws InputError of one line that begins with a place
 */
export function readYaml(text: string, placeOf: (line: number) => string): YamlDocument {
  const lines = new LineCounter()
  const lineOf = (offset: number): number => Math.max(1, lines.linePos(offset).line)
  const refuse: Refuse = (offset, why) =>
    new InputError(`${placeOf(lineOf(offset))}: not YAML: ${why}`.replaceAll(/\s+/g, ' '))
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  // A warning is a tag that nobody knows: its value would be another one than was meant.
  const [broken] = [...document.errors, ...document.warnings]
  if (broken !== undefined) throw refuse(broken.pos[0], problemOf(broken, text))
  writeOutAliases(document, refuse)
  visit(document, { Map: (_, map) => writeOutMerges(map, refuse) })
  return { document, lineOf }
}

const tooDeep = `it nests deeper than ${mostNested} collections`

function problemOf({ code, message, pos }: YAMLError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; write one a file'
  // A few thousand brackets in a row overflow the parser's stack.
  if (message.includes('call stack')) return tooDeep
  const [first] = message.split('\n')
  if (code !== 'DUPLICATE_KEY') return first
  return `${first}, and this one stands there twice: ${/^[^\n:]*/.exec(text.slice(pos[0]))?.[0]}`
}

type Refuse = (offset: number, why: string) => InputError
const offsetOf = (node: Node): number => node.range?.[0] ?? 0

/** An anchor may be set again, so an alias means the last one before it: the document is walked in its order. */
function writeOutAliases(document: Document, refuse: Refuse): void {
  const anchors = new Map<string, Node>()
  let left = mostAliased
  const copyOf = (alias: Alias, path: readonly unknown[]): Node => {
    const node = anchors.get(alias.source)
    if (node === undefined)
      throw refuse(offsetOf(alias), `the alias *${alias.source} has no anchor before it`)
    if (path.includes(node))
      throw refuse(offsetOf(alias), `the alias *${alias.source} stands inside of itself`)
    left -= sizeOf(node)
    if (left < 0) throw refuse(offsetOf(alias), `its aliases stand for more than ${mostAliased} values`)
    const copy = node.clone() as Node & { anchor?: string }
    delete copy.anchor
    return copy
  }
  visit(document, (_, node, path) => {
    if (isCollection(node) && path.filter(isCollection).length >= mostNested)
      throw refuse(offsetOf(node), tooDeep)
    if (isAlias(node)) return copyOf(node, path)
    if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
    return undefined
  })
}

function sizeOf(node: Node): number {
  let size = 0
  visit(node, () => void size++)
  return size
}

const isMergeKey = ({ key }: Pair): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN'

/** `<<: map` or `<<: [map, …]` gives a map the keys that it does not have itself; among several the first wins. */
function writeOutMerges(map: YAMLMap, refuse: Refuse): void {
  const merges = map.items.filter(isMergeKey)
  if (merges.length === 0) return
  map.items = map.items.filter((pair) => !isMergeKey(pair))
  for (const { key, value } of merges)
    for (const source of isSeq(value) ? value.items : [value]) {
      if (!isMap(source))
        throw refuse(offsetOf(key as Node), 'the merge key << wants a mapping, or a list of them')
      writeOutMerges(source, refuse)
      for (const pair of source.items) if (isPair(pair) && !map.has(pair.key)) map.items.push(pair)
    }
}
