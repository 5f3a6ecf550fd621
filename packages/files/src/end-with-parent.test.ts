/** A real grandchild in a loop that never yields, whose parent is killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { isAlive } from './process.ts'

const file = pathToFileURL(join(import.meta.dirname, 'end-with-parent.ts')).href
const flags = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx'), '--input-type=module']
const child = `
import { endWithParent } from ${JSON.stringify(file)}
endWithParent(Number(process.env.PARENT))
console.log(process.pid)
setTimeout(() => { for (;;); }, 100)
`
const parent = `
import { spawn } from 'node:child_process'
const argv = [...${JSON.stringify(flags)}, '--eval', ${JSON.stringify(child)}]
const env = { ...process.env, PARENT: String(process.pid) }
spawn(process.execPath, argv, { env, stdio: ['ignore', 'inherit', 'inherit'] })
setInterval(() => {}, 1000)
`

it('a child that never yields ends with its killed parent', { timeout: 30_000 }, async () => {
  const process_ = spawn(process.execPath, ['--input-type=module', '--eval', parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = Number(String((await once(process_.stdout, 'data'))[0]))
  try {
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(isAlive(pid)).toBe(true)
    process_.kill('SIGKILL')
    // The output is the grandchild's too: it closes when both have ended.
    await once(process_.stdout, 'close')
  } finally {
    process_.kill('SIGKILL')
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
})
