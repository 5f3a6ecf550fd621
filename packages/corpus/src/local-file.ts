/** @file Any local UTF-8 file as a dataset: the first 90% trains, then 5% validation, then 5% test. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { sha256 } from '@trivium/files'
import { InputError } from '@trivium/schema'
import type { Dataset } from './dataset.ts'
import { prepareText, type TextView } from './normalise.ts'
import { decodeUtf8 } from './utf8.ts'

/** Prepared characters below which a 5% share is no measurement. */
const fewestCharacters = 2000

/** @throws InputError when the file cannot be read, is not UTF-8, or holds too little text */
export async function loadLocalFile(path: string, view: TextView): Promise<Dataset> {
  const text = prepareText(decodeUtf8(await read(path), path), view)
  // A character has two UTF-16 units at most, so a long text need not be counted.
  const characters = text.length < 2 * fewestCharacters ? [...text].length : fewestCharacters
  if (characters < fewestCharacters) {
    const what = characters === 0 ? 'no text' : `only ${characters} characters`
    throw new InputError(
      `${path} holds ${what} in the view '${view}', wanted at least ${fewestCharacters}; use a longer file`,
    )
  }
  const first = cutNear(text, Math.floor(text.length * 0.9))
  const second = cutNear(text, Math.floor(text.length * 0.95))
  const [train, validation, test] = [text.slice(0, first), text.slice(first, second), text.slice(second)]
  return {
    name: `file:${basename(path)}`,
    view,
    sha256: sha256(train, validation, test),
    train,
    validation,
    test,
    documents: { validation: [0], test: [0] },
    heldOut: 'validation: the 5% after the first 90% of the file; test: the last 5%',
    licence: 'as the local file',
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new InputError(
      `the text file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error}); check the path`,
    )
  }
}

/** The first place from `at` on that follows white space, so that no word is torn; never inside a surrogate pair. */
function cutNear(text: string, at: number): number {
  for (let i = at; i < at + 40; i++) if (/\s/.test(text[i - 1])) return i
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at
}
