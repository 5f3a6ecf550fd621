/** A user's own task through the command: listed, shown, and refused in one line when it is none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from './cli.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'include-'))
})
afterAll(() => {
  delete process.env.TRIVIUM_INCLUDE
  rmSync(folder, { recursive: true })
})

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []]
  const stdout = { write: (text: string) => out.push(text) }
  const stderr = { write: (text: string) => err.push(text), isTTY: false, columns: 80 }
  const code = await runCli(argv, { stdout, stderr: stderr as never })
  return { code, out: out.join(''), err: err.join('') }
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const task = `export default {
  name: 'double',
  version: 1,
  meaning: 'a letter twice',
  options: { parse: (x) => x, safeParse: (data) => ({ success: true, data }) },
  renderings: ['sequence'],
  alphabet: () => 'abcdefgh>',
  shape: () => ({ condition: 5, answer: 4, ends: false }),
  draw: (rng) => Array.from(rng.uniforms(4), (u) => 'abcdefgh'[Math.floor(u * 8)]).join(''),
  solution: (text) => text,
  row: (text) => ({ text: text + '>' + text, given: Array.from({ length: 9 }, (_, i) => i < 5) }),
  verify: (row, answer) => ({ correct: row.text.endsWith(answer), parts: {} }),
  difficulty: () => 0,
}`

describe('--include', () => {
  it('makes a task known to ls and data', async () => {
    const path = file('double.mjs', task)
    expect((await run('ls', 'tasks', '--include', path)).out).toMatch(/double@1 +a letter twice/)
    const { code, out } = await run('data', 'double', '--include', path, '--show', '1')
    expect(code).toBe(0)
    expect(out).toMatch(/double@1, sequence of 9 tokens/)
    expect(out).toMatch(/([a-h]{4})> +\1/)
  })
  it.each([
    ['none.mjs', null, /^error: --include .*none\.mjs cannot be read \(ENOENT\)/],
    [
      'empty.mjs',
      'export const x = 1',
      /^error: --include .*empty\.mjs: it exports no task: name \(string\)/,
    ],
    ['torn.mjs', 'export default {', /^error: --include .*torn\.mjs: /],
    ['taken.mjs', task.replace('double', 'sudoku'), /'sudoku' is there already; give yours another name/],
  ])('%s is bad input, in one line', async (name, text, message) => {
    const path = text === null ? join(folder, name) : file(name, text)
    const { code, err } = await run('ls', 'tasks', '--include', path)
    expect([code, err.trim().split('\n').length]).toEqual([2, 1])
    expect(err).toMatch(message)
  })
})

describe('data', () => {
  it('shows the errors of a correction, and asks for no text where none is needed', async () => {
    const notes = file(
      'notes.txt',
      'the old sailor sees the river and the young farmer sees the bridge '.repeat(60),
    )
    const { code, out } = await run(
      'data',
      'correction:length=20',
      '--split',
      'train',
      '--text',
      'file',
      '--path',
      notes,
      '--rendering',
      'canvas',
    )
    expect(code).toBe(0)
    expect(out).toMatch(/correction@1, canvas of 20 tokens/)
    const edits = await run('data', 'edit', '--show', '2')
    expect([edits.code, edits.out.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^edit@2, sequence of 270/),
    ])
    const wrong = await run('data', 'copy', '--text', 'sotu')
    expect([wrong.code, wrong.err]).toEqual([
      2,
      "error: --text is for tasks that are cut from a text; 'copy' needs none\n",
    ])
  })
})
