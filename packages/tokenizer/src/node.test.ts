import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@trivium/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTokenizer } from './index.ts'
import { loadTokenizer, saveTokenizer } from './node.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trivium-tokenizer-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('saves and loads, replacing what stood there and leaving nothing beside it', async () => {
  const path = join(folder, 'tokenizer.json')
  await saveTokenizer(path, createTokenizer({ type: 'byte' }))
  const bpe = createTokenizer({ type: 'bpe', vocabSize: 260 }, 'to be or not to be')
  await saveTokenizer(path, bpe)
  const loaded = await loadTokenizer(path)
  expect(loaded.toJSON()).toEqual(bpe.toJSON())
  expect(loaded.fingerprint).toBe(bpe.fingerprint)
  expect(await readdir(folder)).toEqual(['tokenizer.json'])
})

it('keeps the old file when the new one cannot take its place', async () => {
  const path = join(folder, 'taken')
  await saveTokenizer(path, createTokenizer({ type: 'byte' }))
  const before = await readFile(path, 'utf8')
  await expect(saveTokenizer(join(path, 'below'), createTokenizer({ type: 'byte' }))).rejects.toThrow()
  expect(await readFile(path, 'utf8')).toBe(before)
  expect(await readdir(folder)).toEqual(['taken'])
})

it('names the file that is missing, torn or something else', async () => {
  const path = join(folder, 'tokenizer.json')
  await expect(loadTokenizer(path)).rejects.toThrow(InputError)
  await writeFile(path, '{"format":"trivium-tok')
  await expect(loadTokenizer(path)).rejects.toThrow(path)
  await expect(loadTokenizer(path)).rejects.toThrow(/is not JSON \(.*\); save it with saveTokenizer/)
  await writeFile(path, 'null')
  await expect(loadTokenizer(path)).rejects.toThrow(/tokenizer\.json: the tokenizer is not valid/)
  await writeFile(path, '{"format":"other"}')
  await expect(loadTokenizer(path)).rejects.toThrow(InputError)
})

it('reads past a byte-order mark', async () => {
  const path = join(folder, 'tokenizer.json')
  await writeFile(path, `\ufeff${JSON.stringify(createTokenizer({ type: 'byte' }))}`)
  expect((await loadTokenizer(path)).type).toBe('byte')
})
