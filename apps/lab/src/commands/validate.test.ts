import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { cli, type Outcome } from '../testing.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'validate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const validate = (...files: string[]): Promise<Outcome> => cli('validate', ...files, '--progress', 'plain')
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

it('says what each file is', async () => {
  const rows = '{"prompt":"1+1=","answer":"2"}\n{"prompt":"1+2=","answer":"3"}\n'
  const files = [
    join(root, 'configs/claims/order.yaml'),
    join(root, 'docs/results/order.json'),
    join(root, 'baselines/smoke.json'),
    join(root, 'checkpoints/sotu-ar'),
    write('rows.jsonl', rows),
  ]
  const { code, out, err } = await validate(...files)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const said = out.trimEnd().split('\n')
  expect(said.map((line, i) => line.replace(`${files[i]}: `, ''))).toEqual([
    'experiment order, models: none',
    'results of order, 1 models, 9 points',
    expect.stringMatching(/^baseline of smoke, accepted by .* on \d{4}-\d\d-\d\d: ./),
    expect.stringMatching(/^checkpoint sotu-ar, autoregressive, step \d+ of \d+$/),
    '2 examples',
  ])
})

it.each<[string, string, RegExp]>([
  [
    'x.yaml',
    read('configs/claims/order.yaml').replace('samples:', 'sampels:'),
    /x\.yaml:\d+: evaluation\.sampels: unknown key; did you mean 'samples'/,
  ],
  ['torn.json', read('docs/results/order.json').slice(0, 99), /torn\.json is not JSON/],
  ['cheated.json', read('baselines/smoke.json').replace('"n": 24', '"n": 25'), /cheated\.json was edited/],
  ['rows.jsonl', '{"prompt":"1+1="}\n', /rows\.jsonl:1/],
  ['notes.txt', '', /notes\.txt is of no known kind; wanted: \.yaml, \.json, \.jsonl, or a folder/],
])('%s is told in one line', async (name, text, message) => {
  const { code, out, err } = await validate(write(name, text))
  expect(err).toMatch(message)
  expect(err).toMatch(/^error: [^\n]*\n$/)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

it('tells of every bad file, and of the good ones beside', async () => {
  const { code, out, err } = await validate('nowhere', join(root, 'docs/results/order.json'), folder)
  expect({ code, lines: out.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 })
  expect(err.trimEnd().split('\n')).toEqual([
    'error: nowhere is not there; name a file or a folder',
    expect.stringMatching(/^error: the results .* cannot be read/),
    'error: 2 of 3 are not valid',
  ])
})
