/** @file The TypeScript blocks of the READMEs, as they stand there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `line` is where the block opens, counted from 1. */
export type Snippet = { readonly file: string; readonly line: number; readonly code: string }

/** The README.md of the root and of each package, where there is one. */
export function readmesOf(root: string): string[] {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
  return ['README.md', ...packages].filter((path) => existsSync(join(root, path)))
}

/** Blocks fenced with ```ts; those fenced with ```ts no-run are for reading only. */
export function snippetsOf(root: string, file: string): Snippet[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const snippets: Snippet[] = []
  let start: number | null = null
  for (const [i, line] of lines.entries()) {
    if (start === null && line.trim() === '```ts') start = i
    else if (start !== null && line.trim() === '```') {
      snippets.push({ file, line: start + 1, code: `${lines.slice(start + 1, i).join('\n')}\n` })
      start = null
    }
  }
  return snippets
}
