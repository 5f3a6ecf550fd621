/** @file The code blocks of the READMEs, as they stand there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages } from './packages/workspace.ts'

/** `line` is where the block opens, counted from 1. */
export type Snippet = { readonly file: string; readonly line: number; readonly code: string }

/** The README.md of the root and of everything that is published. */
export function readmesOf(root: string): string[] {
  return ['README.md', ...publishedPackages(root).map(({ folder }) => `${folder}/README.md`)]
}

/** Blocks fenced with ```ts, or another language; those fenced with ```ts no-run are for reading only. */
export function snippetsOf(root: string, file: string, language = 'ts'): Snippet[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const snippets: Snippet[] = []
  let start: number | null = null
  for (const [i, line] of lines.entries()) {
    if (start === null && line.trim() === `\`\`\`${language}`) start = i
    else if (start !== null && line.trim() === '```') {
      snippets.push({ file, line: start + 1, code: `${lines.slice(start + 1, i).join('\n')}\n` })
      start = null
    }
  }
  return snippets
}
