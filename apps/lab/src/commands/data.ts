/** @file `data`: a dataset prepared and checked, in numbers. */
import type { DatasetConfig } from '@trivium/schema'
import { Option } from 'commander'
import { type CommandContext, examples, needed, type Register, table } from '../context.ts'

type DataOptions = { view: DatasetConfig['view']; path?: string; json?: true }
const headLength = 160

export const register: Register = (program, context) => {
  program
    .command('data')
    .description('prepare a dataset, check its sha256, and show its splits')
    .argument('<name>', 'a dataset of `ls datasets`, or file')
    .addOption(
      new Option('--view <view>', 'text8: a–z and space; general: printable ASCII; raw: as it stands')
        .choices(['text8', 'general', 'raw'])
        .default('text8'),
    )
    .option('--path <file>', 'the text, when the name is file')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['data sotu', 'the State of the Union, 27 characters'],
        ['data file --path notes.txt --view general', 'any UTF-8 file'],
      ),
    )
    .action(async (name: string, options: DataOptions) => run(name, options, context()))
}

async function run(
  name: string,
  { view, path, json }: DataOptions,
  { print }: CommandContext,
): Promise<void> {
  if (name === 'file') needed(path, '--path', 'notes.txt')
  const { loadDataset } = await import('@trivium/corpus/node')
  const { train, validation, test, sha256, heldOut, licence } = await loadDataset({
    name,
    view,
    ...(path !== undefined && { path }),
  })
  const splits = Object.entries({ train, validation, test }).map(([split, text]) => ({
    split,
    characters: text.length,
    words: text.split(/\s+/).filter((word) => word !== '').length,
    distinctCharacters: new Set(text).size,
  }))
  const head = train.slice(0, headLength)
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
