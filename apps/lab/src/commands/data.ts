/** @file `data`: a dataset prepared and checked, in numbers; a task with some of its examples. */
import { InputError, type TextDatasetConfig } from '@trivium/schema'
import type { Rendering, Split, TaskTexts } from '@trivium/tasks'
import { Option } from 'commander'
import {
  type CommandContext,
  include,
  includeOption,
  needed,
  positiveInteger,
  type Register,
  seedNumber,
} from '../context.ts'
import { examples, table } from '../text.ts'

type DataOptions = {
  view?: TextDatasetConfig['view']
  text?: string
  path?: string
  show?: number
  split: Split
  rendering?: Rendering
  seed: number
  include?: string[]
  json?: true
}
const headLength = 160

export const register: Register = (command, context) => {
  command
    .argument('<name>', 'a dataset of `ls datasets`, or file; a task of `ls tasks`, e.g. sudoku:size=4')
    .addOption(
      new Option(
        '--view <view>',
        'text8: a–z and space; general: printable ASCII; raw: as it stands; text8 when absent',
      ).choices(['text8', 'general', 'raw']),
    )
    .option('--path <file>', 'the text, when the name, or --text, is file')
    .option(
      '--text <dataset>',
      'what infill, correction and edit cut their rows from; sotu when absent, of edit lodash as it stands',
    )
    .addOption(includeOption())
    .option('--show <number>', 'examples of a task to print; 3 when absent', positiveInteger)
    .addOption(
      new Option('--split <split>', 'where the examples come from')
        .choices(['train', 'validation', 'test'])
        .default('test'),
    )
    .addOption(
      new Option('--rendering <form>', 'sequence: condition, then answer; canvas: blanks in place').choices([
        'sequence',
        'canvas',
      ]),
    )
    .option('--seed <number>', 'of the examples', seedNumber, 1)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['data sotu', 'the State of the Union, 27 characters'],
        ['data file --path notes.txt --view general', 'any UTF-8 file'],
        ['data sudoku:size=9,clues=30 --show 3 --rendering canvas', 'three puzzles with their solutions'],
        ['data correction --show 3 --text moby-dick', 'three texts with errors'],
        ['data edit --show 3', 'three instructions, with the code before and after'],
      ),
    )
    .action(async (name: string, options: DataOptions) => run(name, options, context()))
}

/** What the examples of a task are cut from where nobody says. */
const usualText = { name: 'sotu', view: 'text8' } as const
const usualCode = { name: 'lodash', view: 'raw' } as const

async function run(name: string, options: DataOptions, context: CommandContext): Promise<void> {
  await include(options.include)
  const { taskSummaries } = await import('@trivium/tasks')
  const [family] = name.split(':')
  const task = taskSummaries().find((known) => known.name === family)
  if (task === undefined) return showDataset(name, options, context)
  const { text, view, path } = options
  if (text !== undefined && !task.needsText)
    throw new InputError(`--text is for tasks that are cut from a text; '${family}' needs none`)
  const { loadDataset } = await import('@trivium/corpus/node')
  const usual = family === 'edit' ? usualCode : usualText
  const named = {
    ...(text === undefined ? usual : { name: text, view: usualText.view }),
    ...(view !== undefined && { view }),
    ...(path !== undefined && { path }),
  }
  await showTask(name, options, task.needsText ? await loadDataset(named) : undefined, context)
}

async function showTask(
  text: string,
  { show = 3, split, rendering, seed, json }: DataOptions,
  texts: TaskTexts | undefined,
  { print }: CommandContext,
): Promise<void> {
  const { parseTask, shownExamples } = await import('../task-text.ts')
  const task = parseTask(text, rendering, texts)
  const { name, version, meaning, options, length } = task
  const shown = shownExamples(task, seed, split, show)
  if (json === true) {
    const head = { name, version, meaning, options, rendering: task.rendering, length, split, seed }
    print(JSON.stringify({ ...head, examples: shown }))
    return
  }
  print(
    `${name}@${version}, ${task.rendering} of ${length} tokens, options ${JSON.stringify(options)}: ${meaning}`,
  )
  const lines = shown.map((e) => [e.given, ...(e.draft === undefined ? [] : [e.draft]), e.answer])
  for (const line of table(shown.map((e, i) => [...lines[i].map(oneLine), `difficulty ${e.difficulty}`])))
    print(line)
}

/** A code snippet on one line. */
const oneLine = (text: string): string => text.replaceAll('\n', '↵ ')

async function showDataset(
  name: string,
  { view = usualText.view, path, show, json }: DataOptions,
  { print }: CommandContext,
): Promise<void> {
  if (show !== undefined)
    throw new InputError(`--show prints examples of a task; '${name}' is no task of \`ls tasks\``)
  if (name === 'file') needed(path, '--path', 'notes.txt')
  const { loadDataset } = await import('@trivium/corpus/node')
  const { countCharacters, cutCharacters } = await import('@trivium/evaluation')
  const { train, validation, test, sha256, heldOut, licence } = await loadDataset({
    name,
    view,
    ...(path !== undefined && { path }),
  })
  const splits = Object.entries({ train, validation, test }).map(([split, text]) => ({
    split,
    characters: countCharacters(text),
    words: text.split(/\s+/).filter((word) => word !== '').length,
    distinctCharacters: new Set(text).size,
  }))
  const head = cutCharacters(train, headLength)
  if (json === true) {
    print(JSON.stringify({ name, view, sha256, heldOut, licence, splits, head }))
    return
  }
  print(`${name}, view ${view}: ${licence}`)
  print(`sha256 ${sha256} (train, validation and test, one after the other)`)
  print(`held out: ${heldOut}`)
  const rows = splits.map((s) => [
    s.split,
    `${s.characters} characters`,
    `${s.words} words`,
    `${s.distinctCharacters} distinct`,
  ])
  for (const line of table(rows)) print(line)
  print(`begins: ${head}…`)
}
