/** @file For tests: the engine in a process of its own, with an environment and a cache of its own. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** The flags with which a process of this repository runs from source. */
export const sourceFlags: readonly string[] = ['--conditions=@trivium/source', '--import', tsx]

export type ScriptResult = { code: number; out: string; err: string }

/** Runs TypeScript with the engine's Node entry in scope as `engine`. */
export function runScript(body: string, env: NodeJS.ProcessEnv): Promise<ScriptResult> {
  const entry = fileURLToPath(new URL('./index.ts', import.meta.url))
  const script = `import * as engine from ${JSON.stringify(pathToFileURL(entry).href)}\n${body}`
  const argv = [...sourceFlags, '--input-type=module', '--eval', script]
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}
