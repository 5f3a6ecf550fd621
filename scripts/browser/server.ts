/** @file Serves a built page on this machine, and takes what the page reports. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** A file that the page asked for. */
export type Served = { readonly path: string; readonly bytes: number; readonly gzipped: number }

export type Site = {
  readonly origin: string
  /** Everything since the last call of `expect`. */
  readonly served: readonly Served[]
  /** The next report; fails when none comes in time. */
  expect(seconds: number): Promise<Record<string, unknown>>
  close(): void
}

/** `isolated` sends the headers that give a page shared memory. */
export async function serve(folder: string, { isolated = false } = {}): Promise<Site> {
  const served: Served[] = []
  let take: (report: string) => void = () => {}
  const server = createServer((request, response) => {
    if (request.method === 'POST')
      void bodyOf(request)
        .then((body) => take(body))
        .then(() => response.end())
    else answer(folder, request, response, isolated, served)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served,
    expect(seconds) {
      served.length = 0
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`the page did not answer in ${seconds} s`)),
          seconds * 1000,
        )
        take = (report) => {
          clearTimeout(late)
          resolve(JSON.parse(report) as Record<string, unknown>)
        }
      })
    },
    close: () => void server.close(),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  isolated: boolean,
  served: Served[],
): void {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const file = join(folder, pathname === '/' ? 'index.html' : pathname)
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end()
    return
  }
  const bytes = readFileSync(file)
  served.push({ path: pathname, bytes: bytes.length, gzipped: gzipSync(bytes).length })
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    ...(isolated && {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
    }),
  })
  response.end(bytes)
}
