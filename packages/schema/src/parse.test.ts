import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InputError, parseInput, parseJson, parseOutput, RuntimeFailure } from './index.ts'

const schema = z.strictObject({
  name: z.string(),
  model: z.strictObject({ depth: z.number().int().positive() }).optional(),
  steps: z.array(z.number().positive()).default([4]),
})

/** The message of the InputError that `value` raises. */
function refusal(value: unknown): string {
  try {
    parseInput(schema, value, 'configs/x.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('accepted')
}

describe('parseInput', () => {
  it('returns the value as the schema reads it', () => {
    expect(parseInput(schema, { name: 'x' }, 'it')).toEqual({ name: 'x', steps: [4] })
  })

  it('names the file, the key, what was expected and what is there', () => {
    expect(refusal({ name: 'x', model: { depth: 0 } })).toBe(
      'configs/x.yaml is not valid: model.depth: Too small: expected number to be >0, got 0',
    )
    expect(refusal({ name: 'x', steps: [4, -8] })).toMatch(/: steps\.1: .*>0, got -8$/)
    expect(refusal({})).toMatch(/: name: .*expected string, received undefined$/)
    expect(refusal(null)).toBe('configs/x.yaml is not valid: Invalid input: expected object, received null')
  })

  it('names an unknown key and where it stands', () => {
    expect(refusal({ name: 'x', model: { depth: 2, dept: 2 } })).toBe(
      'configs/x.yaml is not valid: model: Unrecognized key: "dept"',
    )
  })

  it('stays one line, whatever the keys hold and however much is wrong', () => {
    expect(refusal({ name: 7, model: { depth: 'deep' }, steps: 'all', 'a\nb': 1 })).not.toMatch(/\n/)
    expect(refusal({ name: 'x', 'a\nb': 1 })).toMatch(/"a b"$/)
  })
})

describe('parseJson', () => {
  it('reads past a byte-order mark', () => {
    expect(parseJson('\ufeff{"a": 1}\n', 'a.json', 'write it again')).toEqual({ a: 1 })
  })

  it.each(['', '{"a": 1,', 'name: x\n', '{"a": NaN}', '\u0000\u0001'])(
    'refuses %j in one line that names it',
    (text) => {
      expect(() => parseJson(text, 'runs/x/a.json', 'write it again')).toThrow(InputError)
      expect(() => parseJson(text, 'runs/x/a.json', 'write it again')).toThrow(
        /^runs\/x\/a\.json is not JSON \([^\n]+\); write it again$/,
      )
    },
  )
})

describe('parseOutput', () => {
  it('lets no number into a file that is none, and says which', () => {
    expect(parseOutput(schema, { name: 'x', steps: [1] }, 'x.json')).toEqual({ name: 'x', steps: [1] })
    const write = (): unknown => parseOutput(schema, { name: 'x', steps: [1, Number.NaN] }, 'x.json')
    expect(write).toThrow(RuntimeFailure)
    expect(write).toThrow(
      /^x\.json cannot be written: steps\.1: Invalid input: expected number, received NaN$/,
    )
  })
})
