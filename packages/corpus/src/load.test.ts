import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@trivium/files'
import { InputError } from '@trivium/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { datasetsFolder, readDefinition } from './definitions.ts'
import { prepareDataset } from './load.ts'
import { listDatasets, loadDataset } from './node.ts'
import { prepareText } from './normalise.ts'
import { readDocuments } from './npm-source.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trivium-corpus-'))
})
afterAll(() => rm(folder, { recursive: true }))

const views = ['text8', 'general', 'raw'] as const

describe.each(['sotu', 'moby-dick', 'lodash'])('%s', (name) => {
  it.each(views)('has in the view %s the text and the sizes that dataset.yaml declares', async (view) => {
    const dataset = await loadDataset({ name, view })
    const { train, validation, test } = dataset
    const summary = (await listDatasets()).find((d) => d.name === name)
    const characters = (text: string): number => [...text].length
    expect({
      train: characters(train),
      validation: characters(validation),
      test: characters(test),
    }).toEqual(summary?.views[view].characters)
    expect(dataset.sha256).toBe(sha256(train + validation + test))
    expect(dataset.heldOut).toBe(summary?.heldOut)
    for (const part of [validation, test]) {
      expect(part.length / (train.length + validation.length + test.length)).toBeGreaterThan(0.045)
      expect(part.length / (train.length + validation.length + test.length)).toBeLessThan(0.055)
    }
    if (view === 'text8') expect(/^[a-z ]+$/.test(train + validation + test)).toBe(true)
  })
})

it.each(views)('documents begin where they are said to begin, in the view %s', async (view) => {
  const dataset = await loadDataset({ name: 'sotu', view })
  const sources = await readDocuments(await readDefinition(datasetsFolder, 'sotu'))
  const { test: years } = (await readDefinition(datasetsFolder, 'sotu')).split
  expect(dataset.documents.test).toHaveLength(years.length)
  const characters = [...dataset.test]
  years.forEach((year, i) => {
    const first = sources.find(({ number }) => number === year)?.text as string
    const at = characters.slice(dataset.documents.test[i], dataset.documents.test[i] + 60).join('')
    expect(at.trim().slice(0, 40), String(year)).toBe(prepareText(first, view).trim().slice(0, 40))
  })
})

describe('the checks', () => {
  it('refuse text of which one byte changed', async () => {
    const definition = await readDefinition(datasetsFolder, 'moby-dick')
    const documents = await readDocuments(definition)
    expect(prepareDataset(definition, documents, 'raw').name).toBe('moby-dick')
    const changed = documents.map((d) => (d.number === 7 ? { ...d, text: `${d.text.slice(0, -1)}x` } : d))
    expect(() => prepareDataset(definition, changed, 'raw')).toThrow(InputError)
    expect(() => prepareDataset(definition, changed, 'raw')).toThrow(
      /moby-dick, view raw: .*sha256.*reinstall/,
    )
  })

  it('keep both addresses of a year on one side of the split', async () => {
    const definition = await readDefinition(datasetsFolder, 'sotu')
    const documents = await readDocuments(definition)
    const of1961 = documents.filter((d) => d.number === 1961)
    expect(of1961.length).toBe(2)
    const others = documents.filter((d) => [1800, 1801].includes(d.number))
    const only = { ...definition, split: { unit: 'year' as const, validation: [1800], test: [1961] } }
    // The hash of another split is another one; its error carries the hash that the two texts give together.
    const expected = sha256(
      ...[[others[1]], [others[0]], of1961].map((part) => part.map((d) => d.text).join('\n\n')),
    )
    expect(() => prepareDataset(only, [...others, ...of1961], 'raw')).toThrow(expected)
  })

  it('name the datasets there are, and keys that do not fit', async () => {
    await expect(loadDataset({ name: 'sotus', view: 'text8' })).rejects.toThrow(
      /no dataset 'sotus'; there are lodash, moby-dick, sotu/,
    )
    await expect(loadDataset({ name: 'sotu', path: 'x', view: 'text8' })).rejects.toThrow(InputError)
    await expect(loadDataset({ name: 'file', view: 'text8' })).rejects.toThrow(/dataset\.path/)
    await mkdir(join(folder, 'odd'))
    await writeFile(join(folder, 'odd', 'dataset.yaml'), 'schemaVersion: 1\nname: odd\ntitel: Odd\n')
    const load = loadDataset({ name: 'odd', view: 'raw' }, { datasetsFolder: folder })
    await expect(load).rejects.toThrow(InputError)
    await expect(load).rejects.toThrow(/odd\/dataset\.yaml is not valid: /)
  })

  it('load a view once', async () => {
    const config = { name: 'moby-dick', view: 'text8' } as const
    expect(await loadDataset(config)).toBe(await loadDataset(config))
  })
})

describe('a local file', () => {
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }

  it('is split 90/5/5 in one piece each, between words, and nothing is lost', async () => {
    const text = Array.from({ length: 2000 }, (_, i) => `word${i} `).join('')
    const path = await write('words.txt', text)
    const dataset = await loadDataset({ name: 'file', path, view: 'raw' })
    expect(dataset.train + dataset.validation + dataset.test).toBe(text)
    expect(dataset.name).toBe('file:words.txt')
    expect(dataset.sha256).toBe(sha256(text))
    expect(dataset.train.length / text.length).toBeCloseTo(0.9, 2)
    expect(dataset.validation.length / text.length).toBeCloseTo(0.05, 2)
    expect(dataset.train.endsWith(' ') && dataset.validation.endsWith(' ')).toBe(true)
  })

  it('without spaces is not cut inside a character', async () => {
    const path = await write('foxes.txt', `a${'🦊'.repeat(2500)}`)
    const { train, validation, test } = await loadDataset({ name: 'file', path, view: 'raw' })
    for (const part of [train, validation, test]) expect(part).not.toMatch(/\p{Surrogate}/u)
    expect(train.length + validation.length + test.length).toBe(5001)
  })

  it('that is missing, a folder, not UTF-8, empty or too small is refused', async () => {
    const load = (path: string) => loadDataset({ name: 'file', path, view: 'text8' })
    await expect(load(join(folder, 'nowhere.txt'))).rejects.toThrow(/nowhere\.txt cannot be read \(ENOENT\)/)
    await expect(load(folder)).rejects.toThrow(InputError)
    const latin1 = await write('latin1.txt', Buffer.from('a'.repeat(5000) + 'é', 'latin1'))
    await expect(load(latin1)).rejects.toThrow(/latin1\.txt is not UTF-8 text: byte 0xe9 at offset 5000/)
    await expect(load(await write('empty.txt', ''))).rejects.toThrow(/holds no text/)
    await expect(load(await write('small.txt', 'three small words'))).rejects.toThrow(/only 17 characters/)
  })
})
