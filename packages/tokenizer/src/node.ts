/** @file Tokenizers as files. */
import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { InputError, parseJson } from '@trivium/schema'
import { tokenizerFromJSON } from './create.ts'
import type { Tokenizer } from './types.ts'

/** Writes the JSON form under a temporary name, flushes it and renames it: the file is old or new, never half. */
export async function saveTokenizer(path: string, tokenizer: Tokenizer): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(`${JSON.stringify(tokenizer)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** @throws InputError when the file cannot be read, is not JSON or is not a tokenizer */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new InputError(
      `tokenizer file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); save it with saveTokenizer`,
    )
  }
  const what = `${path}: the tokenizer`
  return tokenizerFromJSON(parseJson(text, what, 'save it with saveTokenizer'), what)
}
