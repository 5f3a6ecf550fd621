/** @file Entries that a browser can load: bundled as a page's would be, they ask for nothing of Node. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Message } from 'esbuild'
import { withoutComments } from '../map/imports.ts'
import type { Published } from './workspace.ts'

/** Packages about files and processes. All other entries are for browsers too, but those below `./node`. */
export const nodeOnly: ReadonlySet<string> = new Set(['@trivium/files', '@trivium/experiments'])

/** The sources of the entries that must be browser-safe. */
export function browserEntries(packages: readonly Published[]): string[] {
  return packages
    .filter(({ manifest }) => !nodeOnly.has(manifest.name))
    .flatMap(({ folder, manifest: { exports = {} } }) =>
      Object.entries(exports)
        .filter(([name]) => !/^\.\/node\b/.test(name))
        .flatMap(([, target]) =>
          typeof target === 'string' ? [] : [join(folder, target['@trivium/source'])],
        ),
    )
}

// What Node's globals are used for; a variable may be called process.
const nodeGlobals =
  /\b(?:process\.(?:env|argv|execArgv|stdout|stderr|stdin|cwd|exit|exitCode|platform|arch|versions?|pid|on|once|kill|hrtime|memoryUsage|nextTick)\b|Buffer\.|__dirname\b|__filename\b|import\.meta\.(?:dirname|filename)\b|require\()/

/** What in the entries, or in anything they lead to, a browser does not have: one line each, with its place. */
export async function browserFaults(root: string, entries: readonly string[]): Promise<string[]> {
  try {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [...entries],
      bundle: true,
      write: false,
      outdir: 'nowhere',
      platform: 'browser',
      format: 'esm',
      conditions: ['@trivium/source'],
      metafile: true,
      logLevel: 'silent',
    })
    return (
      Object.keys(metafile.inputs)
        // A dependency may name modules of Node that its package.json turns off for browsers.
        .filter((file) => !file.includes('node_modules/') && !file.startsWith('(disabled):'))
        .flatMap((file) => globalsIn(root, file))
    )
  } catch (error) {
    const { errors } = error as { errors?: Message[] }
    if (errors === undefined) throw error
    return errors.map(({ text, location }) => `${location?.file}:${location?.line}: ${text.split('\n')[0]}`)
  }
}

function globalsIn(root: string, file: string): string[] {
  return withoutComments(readFileSync(join(root, file), 'utf8'))
    .split('\n')
    .flatMap((line, i) => {
      const found = nodeGlobals.exec(line)
      return found === null ? [] : [`${file}:${i + 1}: ${found[0]} is Node's`]
    })
}
