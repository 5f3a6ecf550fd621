#!/usr/bin/env node
/** @file Entry of the `trivium` command. */
import { listenForInterrupt } from './interrupt.ts'

// First of all: a stop while the rest still loads is a stop.
const interrupt = listenForInterrupt((line) => process.stderr.write(`${line}\n`))

// `trivium … | head` closes the pipe early, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// Nobody reads the progress any more (`2>&1 | head -1`, a terminal that is gone): the work goes on without it.
process.stderr.on('error', () => {})

const { runCli } = await import('./cli.ts')
const code = await runCli(process.argv.slice(2), process, interrupt)
// An engine may keep threads alive; leave as soon as stdout is flushed.
process.stdout.write('', () => process.exit(code))
