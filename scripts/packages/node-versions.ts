/** @file Other versions of Node, out of npm packages that hold the binary. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './run.ts'

/** The binary of a major version: this process's own, or one below `cache`, installed there when it is missing. */
export async function nodeBinary(major: number, cache: string): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = join(cache, `node-${major}`)
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(binary))
    await must('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${major}`], {
      cwd: cache,
    })
  return binary
}
