/** @file What the page carries inside, read from this package and from Chart.js. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { PageAssets } from '../html/page.ts'

const require = createRequire(import.meta.url)
const read = (path: string): string => readFileSync(path, 'utf8')

const styles = ['page', 'figures', 'verdict', 'tables', 'texts', 'print']

export function pageAssets(): PageAssets {
  const client = dirname(require.resolve('#client/page.js'))
  return {
    css: styles.map((name) => read(join(client, `${name}.css`))).join('\n'),
    chartJs: chartJs(),
    script: `(() => {\n${inlined(join(client, 'page.js'))}})()`,
  }
}

/**
 * A client file and all that it imports as one classic script: what a file needs stands before it, each file is a function
 * of its own that returns what it exports. Imports name single exports; exports stand at functions and constants.
 */
function inlined(entry: string, seen: Set<string> = new Set()): string {
  if (seen.has(entry)) return ''
  seen.add(entry)
  const needed: string[] = []
  const exported: string[] = []
  const own = read(entry)
    .replaceAll(/^import (\{[^}]*\}) from '\.\/([^']+)'$/gm, (_, names: string, file: string) => {
      needed.push(inlined(join(dirname(entry), file), seen))
      return `const ${names} = ${scopeOf(file)}`
    })
    .replaceAll(/^export (?=(?:function|const) (\w+))/gm, (_, name: string) => {
      exported.push(name)
      return ''
    })
  return `${needed.join('')}const ${scopeOf(basename(entry))} = (() => {\n${own}\nreturn { ${exported.join(', ')} }\n})()\n`
}

/** 'svg-chart.js' -> '$svg_chart'. */
const scopeOf = (file: string): string => `$${basename(file, '.js').replaceAll('-', '_')}`

/** Chart.js without its banner and source map: a page that needs no network names no address. */
function chartJs(): string {
  const path = join(dirname(require.resolve('chart.js')), 'chart.umd.min.js')
  return read(path)
    .replaceAll(/\/\*![\s\S]*?\*\//g, (banner) => banner.replaceAll(/https?:\/\/\S+/g, ''))
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '')
}
