/** @file A connection to Redis: its place in one line, and what is wrong with it in one line. */
import { InputError } from '@trivium/schema'
import { Redis } from 'ioredis'

/** As people may see it: without a password. */
export function placeOf(url: string): string {
  const { protocol, hostname, port, pathname } = parsed(url)
  return `${protocol}//${hostname}:${port === '' ? '6379' : port}${pathname === '/' ? '' : pathname}`
}

function parsed(url: string): URL {
  const wanted = 'wanted is redis://host:port, with :password@ before the host where there is one'
  let value: URL
  try {
    value = new URL(url)
  } catch {
    throw new InputError(`the queue is no address of Redis; ${wanted}`)
  }
  if (!['redis:', 'rediss:'].includes(value.protocol) || value.hostname === '')
    throw new InputError(`the queue ${value.protocol}//${value.hostname} is no address of Redis; ${wanted}`)
  return value
}

/**
 * A connection that has answered. From then on it waits for a Redis that is away, and says so once each time.
 * @throws InputError when it is away, or refuses the password
 */
export async function connect(url: string, log: (line: string) => void): Promise<Redis> {
  const place = placeOf(url)
  let answered = false
  let away = false
  let last = ''
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (answered ? Math.min(times * 100, 2000) : null),
  })
  redis.on('error', (error: NodeJS.ErrnoException) => {
    last = error.code ?? error.message
    if (!answered || away) return
    away = true
    log(`Redis at ${place} is away (${last}); waiting for it`)
  })
  redis.on('ready', () => {
    if (away) log(`Redis at ${place} is back`)
    away = false
  })
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    redis.disconnect()
    throw new InputError(refusal(place, last, (error as Error).message))
  }
  answered = true
  return redis
}

function refusal(place: string, last: string, message: string): string {
  const said = [last, message].find((text) => /NOAUTH|WRONGPASS|invalid password|NOPERM/i.test(text))
  if (said !== undefined)
    return `Redis at ${place} refuses the password (${said.split(' ')[0]}); write it into the address: redis://:password@host:port`
  return `there is no Redis at ${place} (${last || message}); start one, e.g. with \`docker compose up -d redis\`, or name another with --queue`
}
