import { expect, it } from 'vitest'
import { identityNotes } from './identity-notes.ts'

const model = (name: string, type: string, numbersSha256?: string) => ({
  name,
  manifest: { tokenizer: { type }, ...(numbersSha256 !== undefined && { numbersSha256 }) },
})

it('says nothing of models that are alike and checked', () => {
  expect(identityNotes([model('a', 'char', 'x'), model('b', 'char', 'y')])).toEqual([])
  // A task's symbols beside a text's: a character a token in both.
  expect(identityNotes([model('a', 'char', 'x'), model('b', 'symbols', 'y')])).toEqual([])
})

it('tells of tokenizers that differ, and of manifests without a hash', () => {
  const notes = identityNotes([model('a', 'char', 'x'), model('old', 'bpe'), model('b', 'char', 'y')])
  expect(notes).toEqual([
    expect.stringMatching(/^Different tokenizers \(char for a, b; bpe for old\): /),
    expect.stringMatching(/without a hash .*: old\.$/),
  ])
})
