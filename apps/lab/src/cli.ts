/**
 * @file The `trivium` command as a function: arguments in, exit code out. 0 ok, 1 runtime error, 2 bad input, 3 a gate found a
 * regression, 130, 143 or 129 when interrupted.
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Help, Option } from 'commander'
import { commandRows } from './command-rows.ts'
import type { CommandContext } from './context.ts'
import { type Interrupt, listenForInterrupt } from './interrupt.ts'
import { command, experiment } from './place.ts'
import { createProgress, type ProgressMode, type ProgressStream, progressModes } from './progress.ts'
import { conventions, table } from './text.ts'

// src/ and dist/ lie equally deep.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const starts = [
  ['doctor', 'what works on this machine'],
  [`compare --config ${experiment}`, 'the whole comparison, with a report'],
  ['help sample', 'a command in detail'],
]
const startHere = table(starts.map(([line, does]) => [`  ${command} ${line}`, `# ${does}`])).join('\n')

export type Streams = { readonly stdout: { write(text: string): unknown }; readonly stderr: ProgressStream }

/** Runs one command. Never throws: what goes wrong is one line on stderr and the exit code. */
export async function runCli(
  argv: readonly string[],
  { stdout, stderr }: Streams = process,
  interrupt: Interrupt = listenForInterrupt((line) => stderr.write(`${line}\n`)),
): Promise<number> {
  const contextOf = (): CommandContext => {
    const progress = createProgress(program.opts<{ progress: ProgressMode }>().progress, stderr)
    interrupt.say = (line) => progress.log(line)
    return {
      print: (line) => void stdout.write(`${line}\n`),
      progress,
      get signal() {
        return interrupt.signal
      },
      argv,
    }
  }
  const program = await createProgram(stdout, argv, contextOf)
  try {
    await program.parseAsync(argv, { from: 'user' })
    // Whatever was asked for after the last safe point: it is done.
    return 0
  } catch (error) {
    // commander shows the help of a bare `trivium` as an error without a text.
    const bare = error instanceof CommanderError && error.code === 'commander.help'
    const { code, text } = bare
      ? { code: 2, text: `${program.helpInformation()}\nerror: name a command` }
      : await describeError(error, argv, program)
    if (text !== '') stderr.write(`${text}\n`)
    return interrupt.exitCode() ?? code
  } finally {
    interrupt.release()
  }
}

async function createProgram(
  stdout: Streams['stdout'],
  argv: readonly string[],
  context: () => CommandContext,
): Promise<Command> {
  const program = new Command('trivium')
    .description(
      'Three roads to text: masked diffusion, continuous diffusion and autoregression, trained, sampled and timed side by side',
    )
    .addOption(
      new Option('--progress <mode>', 'bars on a terminal and lines elsewhere (auto), or one of them')
        .choices(progressModes)
        .default('auto'),
    )
    .option('--verbose', 'show the stack of an unexpected error')
    .version(version, '--version', 'print the version')
    .addHelpText('after', `\nStart here:\n${startHere}\n${conventions}`)
  // Inherited by the commands that are registered below. Errors are told by describeError, not by commander.
  program
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr() {},
      getOutHasColors: () => false,
    })
  program.configureHelp({ subcommandTerm })
  for (const { name, does, load } of commandRows) {
    const command = program.command(name).description(does)
    if (argv.includes(name)) (await load()).register(command, context)
    addCommonOptions(program, command)
  }
  return program
}

/** What a command takes, which is not loaded for the list of commands. */
function subcommandTerm(command: Command): string {
  const row = commandRows.find(({ name }) => name === command.name())
  return row === undefined
    ? new Help().subcommandTerm(command)
    : [row.name, '[options]', ...(row.takes === undefined ? [] : [row.takes])].join(' ')
}

/** --progress and --verbose are understood after the command too. */
function addCommonOptions(program: Command, command: Command): void {
  command.option('--verbose', 'show the stack of an unexpected error')
  command.addOption(new Option('--progress <mode>', 'auto, bar, plain, json or none').choices(progressModes))
  command.hook('preAction', (_, action) => {
    const { progress } = action.opts<{ progress?: ProgressMode }>()
    if (progress !== undefined) program.setOptionValue('progress', progress)
  })
}

/** What stands where no argument is taken, with the option that was probably meant. */
function strayArgument(command: Command): string | undefined {
  const argument = command.args[command.registeredArguments.length]
  if (argument === undefined) return undefined
  const meant = ['--config', '--checkpoint'].find((long) => {
    const option = command.options.find((o) => o.long === long)
    return option !== undefined && command.getOptionValue(option.attributeName()) === undefined
  })
  const hint = meant === undefined ? '' : ` (did you mean ${meant} ${argument}?)`
  return `error: unexpected argument '${argument}'${hint}`
}

const fullDisk = new Set(['ENOSPC', 'EDQUOT'])

async function describeError(
  error: unknown,
  argv: readonly string[],
  program: Command,
): Promise<{ code: number; text: string }> {
  if (error instanceof CommanderError) {
    // Help and version are no errors; commander's own errors may have the suggestion on a second line.
    if (error.exitCode === 0) return { code: 0, text: '' }
    const named = program.commands.find((c) => argv.includes(c.name()))
    const help = named === undefined ? 'trivium --help' : `trivium ${named.name()} --help`
    const stray = error.code === 'commander.excessArguments' ? named && strayArgument(named) : undefined
    const line = (stray ?? error.message).replace(/\s*\n\s*/g, ' ').replace(/\.$/, '')
    return { code: 2, text: `${line}; see \`${help}\`` }
  }
  const verbose = argv.includes('--verbose')
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const line = `error: ${message.replace(/\s*\n\s*/g, ' ')}`
  const trace = verbose && stack !== undefined ? `\n${stack}` : ''
  // Whoever threw one has loaded it; a help has not.
  const { GateFailed, InputError, RuntimeFailure, Stopped } = await import('@trivium/schema')
  if (error instanceof Stopped) return { code: 1, text: message }
  if (error instanceof InputError) return { code: 2, text: line + trace }
  if (error instanceof GateFailed) return { code: error.exitCode, text: line }
  if (error instanceof RuntimeFailure) return { code: 1, text: line + trace }
  if (fullDisk.has((error as NodeJS.ErrnoException)?.code ?? ''))
    return { code: 1, text: `error: the disk is full (${message}); free some space and run again${trace}` }
  return { code: 1, text: verbose ? line + trace : `${line} (unexpected; --verbose shows the stack)` }
}
