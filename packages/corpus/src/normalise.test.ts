import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prepareText } from './normalise.ts'

describe('text8', () => {
  it('spells digits, folds accents and keeps 27 characters', () => {
    expect(prepareText('  In 1979, a naïve Œuvre—“don’t”!\n\nÉté. ', 'text8')).toBe(
      'in one nine seven nine a naive oeuvre don t ete',
    )
  })

  it('has no other characters, no double spaces, and changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const once = prepareText(text, 'text8')
        expect(once).toMatch(/^([a-z]+( [a-z]+)*)?$/)
        expect(prepareText(once, 'text8')).toBe(once)
      }),
    )
  })
})

describe('general', () => {
  it('types as on a typewriter and keeps paragraphs', () => {
    expect(
      prepareText('\ufeffA “naïve” wish — it’s…\r\n\r\n\r\n\r\n\tCafé № 5°  \r\nend 狐', 'general'),
    ).toBe('A "naive" wish -- it\'s...\n\nCafe No 5\nend')
  })

  it('has printable ASCII and newline only, and changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const once = prepareText(text, 'general')
        expect(once).toMatch(/^[\n\x20-\x7e]*$/)
        expect(once).not.toMatch(/ {2}|\n{3}|^\s|\s$/)
        expect(prepareText(once, 'general')).toBe(once)
      }),
    )
  })
})

it('raw is the text', () => {
  expect(prepareText(' \ufeffÉ\r\n ', 'raw')).toBe(' \ufeffÉ\r\n ')
})
