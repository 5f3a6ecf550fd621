import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { InputError } from '@trivium/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig, parseConfig, printConfig } from './config.ts'
import { parseOverride } from './overrides.ts'

const text = `name: trio
engine: wasm
dataset:
  name: sotu
tokenizer:
  type: char
training:
  tokens: 1000
models:
  - name: ar
    paradigm: autoregressive
    training:
      tokens: 500
  - name: masked
    paradigm: masked-diffusion
    samplers:
      - type: low-confidence
        steps: 16
`
const messageOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    expect((error as Error).message).not.toContain('\n')
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}
const failure = (from: string, to: string, ...sets: string[]): string => {
  expect(text).toContain(from)
  return messageOf(() => parseConfig(text.replace(from, to), 'x.yaml', sets.map(parseOverride)))
}
const withSets = (...sets: string[]): ReturnType<typeof parseConfig> =>
  parseConfig(text, 'x.yaml', sets.map(parseOverride))

describe('parseConfig', () => {
  it('reads a legal file and prints it with its defaults, so that the print reads the same', () => {
    const config = parseConfig(text, 'x.yaml')
    expect(config.training).toMatchObject({ tokens: 1000, batchSize: 16 })
    expect(config.models[0].training).toEqual({ tokens: 500 })
    expect(parseConfig(printConfig(config), 'again.yaml')).toEqual(config)
    expect(parse(printConfig(config))).toEqual(config)
  })

  it('names an unknown key with its line, the closest legal key and all legal keys', () => {
    expect(failure('tokens: 1000', 'tokns: 1000')).toMatch(
      /^x\.yaml:8: training\.tokns: unknown key; did you mean 'tokens'\?; legal keys: tokens, examples, batchSize/,
    )
    expect(failure('engine: wasm', 'engin: wasm')).toMatch(
      /^x\.yaml:2: engin: unknown key; did you mean 'engine'/,
    )
    expect(failure('steps: 16', 'step: 16')).toMatch(/^x\.yaml:1[78]: models\.1\.samplers\.0\.steps?/)
    expect(failure('      tokens: 500', '      token: 500')).toMatch(
      /^x\.yaml:13: models\.0\.training\.token: unknown key; did you mean 'tokens'/,
    )
  })

  it('names an impossible value and what is legal', () => {
    expect(failure('steps: 16', 'steps: 0')).toMatch(
      /^x\.yaml:18: models\.1\.samplers\.0\.steps: 0 is not legal; .*>=1.*denoising steps/,
    )
    expect(failure('tokens: 1000', 'tokens: many')).toMatch(
      /^x\.yaml:8: training\.tokens: "many" is not legal; expected number/,
    )
    expect(failure('engine: wasm', 'engine: wsam')).toBe(
      `x.yaml:2: engine: "wsam" is not legal; legal values: auto, cuda, native, webgpu, wasm, cpu; did you mean 'wasm'?`,
    )
    expect(failure('name: trio', 'name: Trio!')).toMatch(
      /^x\.yaml:1: name: "Trio!" is not legal; lower-case letters/,
    )
  })

  it('names a wrong or missing choice of a union', () => {
    expect(failure('type: char', 'type: chr')).toBe(
      `x.yaml:6: tokenizer.type: "chr" is not legal; legal values: char, symbols, byte, bpe; did you mean 'char'?`,
    )
    expect(failure('paradigm: masked-diffusion', 'paradigm: masked')).toMatch(
      /^x\.yaml:15: models\.1\.paradigm: "masked" is not legal; legal values: autoregressive, masked-diffusion, continuous-diffusion/,
    )
    expect(failure('    paradigm: autoregressive\n', '')).toMatch(
      /^x\.yaml:10: models\.0\.paradigm: is missing; legal values: autoregressive/,
    )
    expect(failure('type: low-confidence', 'type: low-confidenc')).toMatch(
      /models\.1\.samplers\.0\.type: .*did you mean 'low-confidence'/,
    )
  })

  it('names a missing key, and gives the first of several problems with their number', () => {
    expect(failure('tokenizer:\n  type: char\n', '')).toMatch(/tokenizer: is missing/)
    expect(failure('engine: wasm', 'engine: 7\nextra: 1\nother: 2')).toMatch(
      /^x\.yaml:2: engine: 7 is not legal.*\(and 2 more problems\)$/,
    )
    expect(failure('name: masked', 'name: ar')).toMatch(/^x\.yaml:9: models: .*the name 'ar' is used twice/)
  })

  it('refuses what is not a YAML mapping', () => {
    expect(messageOf(() => parseConfig('', 'x.yaml'))).toMatch(/^x\.yaml is empty/)
    expect(messageOf(() => parseConfig('# only a comment\n', 'x.yaml'))).toMatch(/^x\.yaml is empty/)
    expect(messageOf(() => parseConfig('- a\n- b\n', 'x.yaml'))).toMatch(/not an experiment/)
    expect(messageOf(() => parseConfig('name: a\nmodels: [1, 2\n', 'x.yaml'))).toMatch(
      /^x\.yaml:[23]: not YAML/,
    )
    expect(messageOf(() => parseConfig('name: a\nname: b\n', 'x.yaml'))).toMatch(
      /^x\.yaml:2: not YAML: .*unique/,
    )
  })
})

describe('YAML of an experiment', () => {
  const merged = `shared: &shared
  tokens: 500
  batchSize: 4
${text}    training:
      <<: *shared
      tokens: 700
`
  it('refuses a key for anchors alone, as it refuses any other', () => {
    expect(messageOf(() => parseConfig(merged, 'x.yaml'))).toMatch(/^x\.yaml:1: shared: unknown key/)
  })

  it('has anchors, aliases and merge keys, and --set changes one place of them', () => {
    const written = text
      .replace('training:\n', 'training: &shared\n')
      .replace('    training:\n      tokens: 500\n', '    training: *shared\n')
      .concat('    training:\n      <<: *shared\n      batchSize: 2\n')
    const config = parseConfig(written, 'x.yaml', [parseOverride('models.ar.training.tokens=9')])
    expect(config.training.tokens).toBe(1000)
    expect(config.models.map(({ training }) => training)).toEqual([
      { tokens: 9 },
      { tokens: 1000, batchSize: 2 },
    ])
    // A wrong value is told at the line where it is written, whoever merges it.
    expect(messageOf(() => parseConfig(written.replace('tokens: 1000', 'tokens: .inf'), 'x.yaml'))).toMatch(
      /^x\.yaml:8: training\.tokens: Infinity is not legal; .*\(and 2 more problems\)$/,
    )
  })

  it.each([
    ['tokens: .nan', /^x\.yaml:8: training\.tokens: NaN is not legal; expected (?:int|number)/],
    ['tokens: -.INF', /^x\.yaml:8: training\.tokens: -Infinity is not legal/],
    ['tokens: *none', /^x\.yaml:8: not YAML: the alias \*none has no anchor before it$/],
    ['\ttokens: 1', /^x\.yaml:8: not YAML: .*[Tt]ab/],
    ['tokens: 1\n  tokens: 2', /^x\.yaml:9: not YAML: .*twice: tokens$/],
    ['__proto__: {a: 1}', /^x\.yaml:8: training\.__proto__: unknown key/],
  ])('refuses %j with its place', (line, message) => {
    expect(failure('tokens: 1000', line)).toMatch(message)
  })

  it('refuses a second experiment in the file', () => {
    expect(messageOf(() => parseConfig(`${text}---\n${text}`, 'x.yaml'))).toMatch(
      /^x\.yaml:\d+: not YAML: a second document begins here; write one a file$/,
    )
  })
})

describe('--set', () => {
  it('sets keys of the file, keys with a default, and entries of a list by index or name', () => {
    expect(withSets('training.tokens=7').training.tokens).toBe(7)
    expect(withSets('evaluation.steps=[1, 2]').evaluation.steps).toEqual([1, 2])
    expect(withSets('models.ar.training.tokens=9').models[0].training?.tokens).toBe(9)
    expect(withSets('models.0.training.tokens=8', 'seed=3')).toMatchObject({ seed: 3 })
    expect(withSets('dataset.name=file', '+dataset.path=a=b.txt').dataset).toMatchObject({ path: 'a=b.txt' })
  })

  it('adds with + and removes with ~', () => {
    expect(withSets('+training.learningRate=1e-3').training.learningRate).toBe(0.001)
    expect(withSets('+models.masked.training.tokens=4').models[1].training).toEqual({ tokens: 4 })
    expect(withSets('~training.tokens').training.tokens).toBe(409_600)
  })

  it('refuses a key that is not there and says how to add it', () => {
    expect(messageOf(() => withSets('training.tokns=1'))).toBe(
      "--set training.tokns=1: there is no such key; did you mean 'tokens'?; use --set +training.tokns=1 to add it",
    )
    expect(messageOf(() => withSets('training.learningRate=1'))).toMatch(
      /use --set \+training\.learningRate=1/,
    )
    expect(messageOf(() => withSets('models.maskd.name=x'))).toMatch(
      /models has no entry 'maskd'; did you mean 'masked'/,
    )
    expect(messageOf(() => withSets('models.2.name=x'))).toMatch(/it has 0 … 1/)
    expect(messageOf(() => withSets('~training.ema'))).toMatch(/the file has no such key/)
  })

  it('refuses what is not an override, and blames the flag for a bad value', () => {
    expect(messageOf(() => withSets('training'))).toMatch(/is not an override/)
    expect(messageOf(() => withSets('~training=1'))).toMatch(/is not an override/)
    expect(messageOf(() => withSets('training.tokens=[1'))).toMatch(/^--set training\.tokens=\[1: not YAML: /)
    expect(messageOf(() => withSets('training.tokens=*x'))).toMatch(/^--set .*not YAML: the alias \*x/)
    expect(messageOf(() => withSets('training.tokens=0'))).toMatch(
      /^--set training\.tokens=0: training\.tokens: 0 is not legal/,
    )
    expect(messageOf(() => withSets('+nonsense=1'))).toMatch(/^--set \+nonsense=1: nonsense: unknown key/)
  })
})

describe('loadConfig', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('gives one line for a file that is missing, a folder, or not UTF-8', () => {
    const latin1 = join(folder, 'latin1.yaml')
    writeFileSync(latin1, Buffer.from([0x6e, 0x3a, 0x20, 0xe9, 0x0a]))
    expect(messageOf(() => loadConfig(join(folder, 'none.yaml')))).toMatch(
      /there is no config file .*none\.yaml/,
    )
    expect(messageOf(() => loadConfig(folder))).toMatch(/is a folder/)
    expect(messageOf(() => loadConfig(latin1))).toMatch(/is not UTF-8/)
  })

  it('takes relative paths from the folder of the file, those of --set from the working directory', () => {
    const path = join(folder, 'local.yaml')
    const local = text
      .replace('  name: sotu\n', '  name: file\n  path: texts/a.txt\n')
      .concat('references:\n  - { name: old, checkpoint: ../old }\n  - { name: far, checkpoint: /far }\n')
    writeFileSync(path, local)
    const { dataset, references } = loadConfig(path).config
    expect(dataset).toMatchObject({ path: join(folder, 'texts/a.txt') })
    expect(references.map(({ checkpoint }) => checkpoint)).toEqual([join(folder, '../old'), '/far'])
    expect(loadConfig(path, ['dataset.path=b.txt']).config.dataset).toMatchObject({ path: 'b.txt' })
    // The same spelling however the file is named, and the shortest below the working directory.
    const here = relative('', folder)
    expect(loadConfig(join(here, 'local.yaml')).config).toEqual(loadConfig(path).config)
    const below = parseConfig(local, 'x.yaml', [], 'configs')
    expect(below.dataset).toMatchObject({ path: 'configs/texts/a.txt' })
    expect(below.references[0].checkpoint).toBe('old')
    // An absolute path is what it is, so that the run of it is found again.
    const absolute = local.replace('texts/a.txt', join(process.cwd(), 'a.txt'))
    expect(parseConfig(absolute, 'x.yaml').dataset).toMatchObject({ path: join(process.cwd(), 'a.txt') })
  })

  it('reads past a byte-order mark', () => {
    const path = join(folder, 'bom.yaml')
    writeFileSync(path, `\ufeff${text}`)
    expect(loadConfig(path).config.name).toBe('trio')
  })

  it('keeps the text beside the experiment', () => {
    const path = join(folder, 'ok.yaml')
    writeFileSync(path, text)
    expect(loadConfig(path, ['seed=5'])).toMatchObject({ path, text, config: { seed: 5 } })
  })
})
