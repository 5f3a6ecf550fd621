#!/usr/bin/env node
/** @file Entry of the `trivium` command. */
import { runCli } from './cli.ts'

// `trivium … | head` closes the pipe early, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// Nobody reads the progress any more (`2>&1 | head -1`, a terminal that is gone): the work goes on without it.
process.stderr.on('error', () => {})

const code = await runCli(process.argv.slice(2))
// An engine may keep threads alive; leave as soon as stdout is flushed.
process.stdout.write('', () => process.exit(code))
