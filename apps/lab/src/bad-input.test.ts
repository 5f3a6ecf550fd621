/** Bad input through the whole command: one line that names what and where, the exit code, and nothing harmed. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { probeEngines } from '@trivium/engine/node'
import { lastCheckpoint } from '@trivium/experiments'
import { loadCheckpoint, manifestSha256 } from '@trivium/training/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, type Outcome } from './testing.ts'

let folder = ''
/** A run with a trained AR model, and its checkpoint. */
let run = ''
let good = ''

const train = (out: string, ...more: string[]): Promise<Outcome> =>
  cli('train', '-c', join(folder, 'x.yaml'), '-m', 'ar', '--progress', 'none', '--out', out, ...more)
/** Nothing on stdout, and one line on stderr (below the line that names the folder of a training). */
function refused({ code, out, err }: Outcome, message: RegExp, wantedCode = 2): void {
  expect(err).toMatch(message)
  expect(err).toMatch(/^(?:training: [^\n]+\n)?error: [^\n]+\n$/)
  expect({ code, out }).toEqual({ code: wantedCode, out: '' })
}

const config = (path: string, view = 'text8'): string => `name: x
engine: wasm
dataset: { name: file, path: ${path}, view: ${view} }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 640, batchSize: 4, checkpointEverySteps: 5 }
models:
  - { name: ar, paradigm: autoregressive }
  - { name: masked, paradigm: masked-diffusion }
`
const writeText = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bad-input-'))
  writeText('x.yaml', config(writeText('text.txt', 'the state of our union is strong '.repeat(100))))
  run = join(folder, 'run')
  good = lastCheckpoint(join(run, 'models', 'ar'))
  expect(await train(run)).toMatchObject({ code: 0, out: `${good}\n` })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A manifest with the hash that fits it. */
const signed = <T extends object>(manifest: T): T => ({
  ...manifest,
  numbersSha256: manifestSha256(manifest),
})

/** A copy of the good checkpoint, to be damaged. */
function copy(name: string): string {
  const place = join(folder, name)
  cpSync(good, place, { recursive: true })
  return place
}

describe('a checkpoint', () => {
  it.each(['sample', 'eval'])('that is missing, truncated, changed or torn: %s', async (command) => {
    refused(
      await cli(command, '--engine', 'wasm', '--checkpoint', join(folder, 'nowhere')),
      /no checkpoint at .*nowhere/,
    )
    const short = copy(`short-${command}`)
    truncateSync(join(short, 'model.safetensors'), 99)
    refused(
      await cli(command, '--engine', 'wasm', '--checkpoint', short),
      /model\.safetensors is truncated: 99 bytes where the manifest says \d+; restore it or train again/,
    )
    const changed = copy(`changed-${command}`)
    const bytes = readFileSync(join(changed, 'model.safetensors'))
    bytes[bytes.length - 1] ^= 1
    writeFileSync(join(changed, 'model.safetensors'), bytes)
    refused(
      await cli(command, '--engine', 'wasm', '--checkpoint', changed),
      /model\.safetensors does not match the sha256/,
    )
    const torn = copy(`torn-${command}`)
    truncateSync(join(torn, 'manifest.json'), 60)
    refused(await cli(command, '--engine', 'wasm', '--checkpoint', torn), /manifest\.json is not JSON/)
  })

  it('whose tokenizer has another vocabulary', async () => {
    const place = copy('other-tokenizer')
    const path = join(place, 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { tokenizer: object }
    const chars = { ...manifest, tokenizer: { ...manifest.tokenizer, type: 'chars' } }
    writeFileSync(path, JSON.stringify(signed(chars)))
    refused(
      await cli('sample', '--engine', 'wasm', '--checkpoint', place),
      /other-tokenizer\/manifest\.json: the tokenizer is not valid: type/,
    )
    const byte = { format: 'trivium-tokenizer', version: 1, type: 'byte' }
    writeFileSync(path, JSON.stringify(signed({ ...manifest, tokenizer: byte })))
    refused(
      await cli('sample', '--engine', 'wasm', '--checkpoint', place),
      /other-tokenizer: the weights know 34 token ids but the tokenizer \(byte\) has 263; use the tokenizer/,
    )
  })

  it('that a training cannot go on from is left as it is', async () => {
    const before = loadCheckpoint(good).manifest.files
    refused(await train(run, '--set', '+model.heads=2'), /holds another experiment \(hash/)
    refused(await train(join(folder, 'empty'), '--resume'), /there is nothing to resume: .*empty/)
    expect(existsSync(join(folder, 'empty'))).toBe(false)
    expect(loadCheckpoint(good).manifest.files).toEqual(before)
  })
})

describe('what sample is asked for', () => {
  it.each([
    [['--sampler', 'ar:temperature=1e9'], /temperature 1000000000 is not legal/],
    [['--temperature', '1e9'], /the sampler is not valid: temperature: .*<=100, got 1000000000/],
    [['--steps', '8'], /the sampler 'ar' has no steps/],
    [['--length', '17'], /0 given tokens and 17 to write do not fit the context 16/],
    [['--prompt', 'é'], /character "é" \(U\+00E9\) at offset 0 is not in the alphabet/],
    [['--trace', tmpdir()], /is a folder; name a file in it/],
    [['--prompt', 'seventeen letters'], /has 17 tokens, more than the context 16 of .*; shorten it to 15/],
    [['--prompt', 'a', '--suffix', 'b', '--length', '3'], /without fill-in-the-middle .* options\.fimRate/],
    [['--sampler', 'mtp'], /the sampler 'mtp' needs a model trained with options\.draftHeads above 0/],
    [['--stop', 'é'], /character "é" \(U\+00E9\) at offset 0 is not in the alphabet/],
    [['--stop', ''], /a stop sequence has no tokens; pass at least one/],
    [['--logprobs', '2'], /--logprobs are printed as JSON; add --json/],
    [['--json', '--logprobs', '99'], /logprobs 99 is not a number of tokens from 0 to the 27/],
  ])('%j', async (flags, message) => {
    refused(await cli('sample', '--engine', 'wasm', '--checkpoint', good, ...flags), message)
  })

  it('a prompt that fills the context writes nothing and says so; an empty one is free text', async () => {
    const own = (...flags: string[]) => cli('sample', '--engine', 'wasm', '--checkpoint', good, ...flags)
    const full = await own('--prompt', 'sixteen letters ')
    expect(full).toMatchObject({ code: 0, out: 'sixteen letters \n' })
    expect(full.err).toMatch(/the given text fills the context 16 of .*: nothing is written/)
    const free = await own('--prompt', '')
    expect(free.code).toBe(0)
    expect(free.out).toHaveLength(17)
  })

  it('stops and tells log-probabilities', async () => {
    const flags = ['--prompt', 'a', '--stop', 'e', 't ', '--logprobs', '1', '--json', '--seed', '3']
    const { out } = await cli('sample', '--engine', 'wasm', '--checkpoint', good, ...flags)
    const [{ text, finish, logprobs }] = JSON.parse(out).texts
    expect(finish).toBe(/(e|t )$/.test(text) ? 'stop' : 'length')
    expect(logprobs[0]).toBeNull()
    expect(logprobs[1]).toMatchObject({ token: text[1], top: [{ token: expect.any(String) }] })
    expect(logprobs[1].logprob).toBeLessThanOrEqual(logprobs[1].top[0].logprob)
  })
})

describe('what tune is asked for', () => {
  it.each([
    [[], /--checkpoint is missing; e\.g\. --checkpoint/],
    [['--checkpoint', 'nowhere'], /no checkpoint at nowhere/],
    [['--checkpoint', good, '--trials', '0'], /'0' is invalid/],
  ])('%j', async (flags, message) => {
    refused(await cli('tune', '--engine', 'wasm', ...flags), message)
  })

  it('tries as often as it is told and prints the best as references', async () => {
    const flags = ['--trials', '3', '--samples', '8', '--engine', 'wasm', '--checkpoint', good]
    const { out } = await cli('tune', ...flags, '--json')
    const { split, metric, models } = JSON.parse(out)
    expect([split, metric]).toEqual(['validation', 'js-4'])
    const [{ trials, sampler }] = models
    expect(trials.map((trial: { sampler: { temperature: number } }) => trial.sampler.temperature)).toEqual([
      1, 0.75, 0.5,
    ])
    const least = Math.min(...trials.map(({ value }: { value: number }) => value))
    expect(trials.find(({ value }: { value: number }) => value === least).sampler).toEqual(sampler)
    const { out: yaml } = await cli('tune', ...flags)
    expect(yaml).toContain('references:\n')
    expect(yaml).toContain(`samplers: [${JSON.stringify(sampler)}]`)
  })
})

describe('a text', () => {
  it.each([
    ['missing', () => join(folder, 'nowhere.txt'), /nowhere\.txt cannot be read \(ENOENT\)/],
    ['a folder', () => folder, /cannot be read \(EISDIR\)/],
    [
      'not UTF-8',
      () => writeText('latin1.txt', Buffer.from('caf\u00e9 '.repeat(900), 'latin1')),
      /latin1\.txt is not UTF-8 text: byte 0xe9 at offset 3; convert it, e\.g\. with iconv/,
    ],
    ['too short', () => writeText('short.txt', 'three small words'), /only 17 characters/],
  ])('that is %s', async (_, make, message) => {
    const path = make()
    refused(await cli('data', 'file', '--path', path), message)
    writeText('y.yaml', config(path))
    refused(await cli('train', '-c', join(folder, 'y.yaml'), '-m', 'ar', '--out', join(folder, 'y')), message)
    expect(existsSync(join(folder, 'y'))).toBe(false)
  })

  it('with characters that the tokenizer does not know', async () => {
    writeText('z.yaml', config(writeText('upper.txt', 'The State of the Union. '.repeat(200)), 'raw'))
    refused(
      await cli('train', '-c', join(folder, 'z.yaml'), '-m', 'ar', '--out', join(folder, 'z')),
      /character "T" \(U\+0054\) at offset 0 is not in the alphabet 'text8'/,
    )
  })
})

describe('an experiment that cannot work is refused before any training', () => {
  it.each([
    [['+evaluation.length=17'], /evaluation\.length 17 exceeds the context 16 of 'ar'/],
    [['+training.length=17'], /training\.length 17 exceeds model\.context 16 \(model 'ar'\)/],
    [
      ['+models.masked.samplers=[{type: ddim, steps: 4}]'],
      /samplers=.*: "ddim" is not legal; it belongs to continuous-diffusion; masked-diffusion has .*ancestral/,
    ],
    [['evaluation.steps=[4, 0]'], /evaluation\.steps\.1: 0 is not legal; expected number to be >=1/],
    [['evaluation.steps=[4, 4]'], /evaluation\.steps: \[4,4\] is not legal; every step count once/],
    [
      ['evaluation.likelihoodDraws=1'],
      /evaluation\.likelihoodDraws: 1 is not legal; .*>=2 \(.*one has no standard error\)/,
    ],
    [
      ['+models.masked.samplers=[{type: ancestral, steps: 4}, {type: ancestral, steps: 4, temperature: 1}]'],
      /samplers=.* is not legal; every sampler once/,
    ],
    [['+models.masked.samplers=[]'], /samplers=\[\]: .*\[\] is not legal/],
    [['training.beta1=1'], /training\.beta1: 1 is not legal; expected number to be <1/],
    [['training.clipNorm=.inf'], /training\.clipNorm: Infinity is not legal/],
    [['evaluation.temperature=-1'], /evaluation\.temperature: -1 is not legal; .*>=0/],
    [
      ['+models.masked.samplers=[{type: ancestral, steps: 4, temperature: 1e9}]'],
      /samplers=.*: 1000000000 is not legal; .*<=100/,
    ],
    [['+references=[{name: old, checkpoint: nowhere}]'], /no checkpoint at nowhere/],
    [['+bogus.key=1'], /--set \+bogus\.key=1: bogus: unknown key/],
  ])('%j', async (sets, message) => {
    const out = join(folder, 'refused')
    const flags = sets.flatMap((set) => ['--set', set])
    refused(await cli('compare', '-c', join(folder, 'x.yaml'), '--out', out, ...flags), message)
    expect(existsSync(out)).toBe(false)
  })

  it('when its --out is a file, or stands below one', async () => {
    const file = writeText('a-file', '')
    for (const out of [file, join(file, 'run')])
      for (const command of [['compare'], ['compare', '--dry-run'], ['train', '-m', 'ar']])
        refused(
          await cli(...command, '-c', join(folder, 'x.yaml'), '--out', out),
          /a-file.* cannot be a folder: .*a-file is a file; choose another place/,
        )
  })

  it.each([
    [
      'too short for a row',
      'text8',
      'a'.repeat(2100),
      ['model.context=128'],
      /the validation split of file:odd\.txt has 105 tokens, less than one row of 128/,
    ],
    [
      'with a character that only the test split has',
      'raw',
      `${'the state of our union is strong '.repeat(100)}é`,
      [],
      /the test split of file:odd\.txt: character "é" \(U\+00E9\) at offset \d+ is not in the alphabet/,
    ],
    [
      'whose held-out pieces are shorter than a drawn text',
      'text8',
      'the state of our union is strong '.repeat(70),
      ['model.context=64'],
      /held-out pieces have no row of 64 characters/,
    ],
  ])('for a text %s', async (_, view, content, sets, message) => {
    const path = writeText('odd.yaml', config(writeText('odd.txt', content), view))
    const flags = sets.flatMap((set) => ['--set', set])
    refused(await cli('compare', '-c', path, '--out', join(folder, 'odd'), ...flags), message)
    refused(await cli('train', '-m', 'ar', '-c', path, '--out', join(folder, 'odd'), ...flags), message)
    expect(existsSync(join(folder, 'odd'))).toBe(false)
  })

  it('for a BPE text whose bytes suffice and whose tokens do not', async () => {
    const text = writeText('odd.txt', 'the state of our union is strong '.repeat(80))
    const path = writeText('odd.yaml', config(text).replace('type: char', 'type: bpe, vocabSize: 400'))
    refused(
      await cli('compare', '-c', path, '--set', 'model.context=40', '--out', join(folder, 'odd')),
      /the validation split of file:odd\.txt has \d\d? tokens, less than one row of 40/,
    )
  })

  it('for a reference whose text is gone or another', async () => {
    const out = join(folder, 'with-reference')
    const reference = (name: string): string[] => ['--set', `+references=[{name: old, checkpoint: ${name}}]`]
    const compare = (...more: string[]): Promise<Outcome> =>
      cli('compare', '-c', join(folder, 'x.yaml'), '--out', out, '--dry-run', ...more)
    expect(await compare(...reference(good))).toMatchObject({ code: 0 })
    const place = copy('gone')
    const path = join(place, 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { dataset: object }
    const gone = { ...manifest.dataset, path: join(folder, 'gone.txt') }
    writeFileSync(path, JSON.stringify({ ...manifest, dataset: gone }))
    refused(
      await compare(...reference(place)),
      /the text of reference 'old' \(.*gone\): the text file .*gone\.txt cannot be read/,
    )
    writeText('gone.txt', 'another text of the union '.repeat(100))
    refused(
      await compare(...reference(place)),
      /the text of reference 'old' .*was trained on another version of file:gone\.txt/,
    )
  })

  it('for a reference that cannot be asked what is cut from its text', async () => {
    const task = (name: string, text: string): string => `name: x
engine: wasm
dataset: { type: task, name: ${name}, options: { length: 16 }, text: { name: file, path: ${text} } }
references: [{ name: old, checkpoint: ${good} }]
`
    const ask = (name: string, text: string): Promise<Outcome> =>
      cli('compare', '-c', writeText('asked.yaml', task(name, join(folder, text))), '--dry-run')
    writeText('else.txt', 'another text of the union '.repeat(100))
    refused(
      await ask('correction', 'else.txt'),
      /reference 'old' .* is about correction, cut from file\/text8 /,
    )
    refused(await ask('correction', 'text.txt'), /no passage of split 'test' .*: the text repeats itself/)
  })

  it('with the line of a misspelt key and the closest that is legal', async () => {
    const text = readFileSync(join(folder, 'x.yaml'), 'utf8')
    const path = writeText('misspelt.yaml', text.replace('tokens: 640', 'tokns: 640'))
    refused(
      await cli('compare', '-c', path),
      /misspelt\.yaml:6: training\.tokns: unknown key; did you mean 'tokens'\?; legal keys: tokens, examples, batchSize/,
    )
  })
})

it('an engine that does not load says why and what to do', async () => {
  const broken = (await probeEngines()).find(({ loads }) => !loads)
  // A machine where all load has nothing to show.
  if (broken === undefined) return
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--conditions=@trivium/source',
      '--import',
      import.meta.resolve('tsx'),
      main,
      'sample',
      '--checkpoint',
      good,
      '--engine',
      broken.name,
    ],
    { encoding: 'utf8' },
  )
  refused(
    { code: status ?? -1, out: stdout, err: stderr },
    new RegExp(`engine '${broken.name}' does not load: .*use --engine auto`),
  )
})

// /dev/full answers every write with ENOSPC; only Linux has it.
it.runIf(existsSync('/dev/full'))(
  'a disk that fills up is exit code 1, and the checkpoint stays',
  async () => {
    const out = join(folder, 'full')
    cpSync(run, out, { recursive: true })
    const metrics = join(out, 'models', 'ar', 'metrics.jsonl')
    rmSync(metrics)
    symlinkSync('/dev/full', metrics)
    const last = lastCheckpoint(join(out, 'models', 'ar'))
    // Undo the last step's end, so that there is something left to train.
    const manifest = JSON.parse(readFileSync(join(last, 'manifest.json'), 'utf8')) as { step: number }
    const earlier = signed({ ...manifest, step: manifest.step - 1 })
    writeFileSync(join(last, 'manifest.json'), JSON.stringify(earlier))
    refused(
      await train(out),
      /the disk is full: [^\n]*metrics\.jsonl could not be written.*free some space and run again/,
      1,
    )
    expect(loadCheckpoint(last).manifest.step).toBe(manifest.step - 1)
  },
)
