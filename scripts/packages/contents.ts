/** @file What a packed package holds, once it is installed: everything that it needs and nothing that only tests do. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { entriesOf, readManifest } from './workspace.ts'

/** What is wrong with the package in `folder`, one line each. */
export function contentFaults(folder: string): string[] {
  const manifest = readManifest(folder)
  const files = filesIn(folder).map((path) => relative(folder, path))
  const has = (file: string): boolean => existsSync(join(folder, file))
  const entries = entriesOf(manifest).map((entry) => entry.replace(/^\.\//, ''))
  const faults = [
    ...['README.md', 'LICENSE'].filter((file) => !has(file)).map((file) => `lacks ${file}`),
    ...entries
      .filter((entry) => !entry.includes('*') && !has(entry))
      .map((entry) => `lacks its entry ${entry}`),
    ...files.filter(isTestFile).map((file) => `carries the test file ${file}`),
    ...unreachable(folder, files, entries).map((file) => `carries ${file}, which nothing in it names`),
    ...Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })
      .filter(([, range]) => /^(?:workspace|catalog|link|file):/.test(range))
      .map(([name, range]) => `asks for ${name} as ${range}`),
  ]
  return faults.map((fault) => `${manifest.name} ${fault}`)
}

const isTestFile = (file: string): boolean => /(?:^|\/)test|\.test\.|\.tsbuildinfo$/.test(file)

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesIn(path)
    return [path]
  })
}

/**
 * Modules of dist/ that no path from an entry leads to. A module is named where the text of another holds its file name,
 * with or without the ending, as the end of a quoted path: imports do, and so do workers and children, which are started by name.
 */
function unreachable(folder: string, files: readonly string[], entries: readonly string[]): string[] {
  const modules = files.filter((file) => /^dist\/.*\.js$/.test(file))
  const reached = new Set(modules.filter((file) => entries.includes(file)))
  for (const file of reached) {
    // A module of types alone is named by declarations.
    const text = [file, file.replace(/js$/, 'd.ts')]
      .filter((name) => files.includes(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n')
    for (const other of modules)
      if (new RegExp(`[/'"\`]${basename(other, '.js')}(?:\\.[jt]s)?['"\`]`).test(text)) reached.add(other)
  }
  return modules.filter((file) => !reached.has(file))
}
