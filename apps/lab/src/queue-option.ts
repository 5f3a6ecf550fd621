/** @file `--queue`: which Redis carries the jobs. */

import { InputError } from '@trivium/schema'
import { Option } from 'commander'

export const queueOption = (): Option =>
  new Option('--queue <url>', 'the Redis that carries jobs to the command `worker`, redis://host:port')

/** The address, of which a password is better kept in the environment. @throws InputError when nobody named one */
export function queueOf(option: string | undefined): string {
  const url = option ?? process.env.TRIVIUM_QUEUE
  if (url === undefined || url === '')
    throw new InputError('--queue is missing; e.g. --queue redis://localhost:6379, or set TRIVIUM_QUEUE')
  return url
}
