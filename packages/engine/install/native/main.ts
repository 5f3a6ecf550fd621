/**
 * @file `pnpm engine:native [--cuda]` and `pnpm engine:native:remove`: TensorFlow's own kernels for Node where
 * tfjs-node's download is not reachable. Exit codes: 0 done, 1 a step failed, 2 wrong use or a machine that lacks something.
 */
import { existsSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { InputError } from '@trivium/schema'
import { probeEngine } from '../../src/node/index.ts'
import { NATIVE_ROOT, nativeState } from '../../src/node/native-addon.ts'
import { checkMachine, install, remove } from './install.ts'
import { planFor } from './plan.ts'

const usage = 'pnpm engine:native [--cuda] | pnpm engine:native:remove'
const tell = (line: string): void => console.error(`engine:native: ${line}`)

async function main(): Promise<void> {
  const flags = readFlags()
  if (flags.remove) {
    const mb = remove(NATIVE_ROOT)
    tell(mb === null ? 'nothing to remove' : `removed ${NATIVE_ROOT} (${mb} MB)`)
    return
  }
  const kind = flags.cuda ? 'cuda' : 'native'
  const before = nativeState(kind)
  if (before.state === 'broken') tell(`${before.reason}; installing again`)
  else {
    const probe = await probeEngine(kind)
    if (probe.loads) {
      tell(`'${kind}' loads already (${probe.detail}); nothing to do`)
      return
    }
  }
  const plan = planFor(kind, process.platform, process.arch)
  const tools = checkMachine(plan, NATIVE_ROOT)
  if (kind === 'cuda' && !existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg'))
    tell('no NVIDIA driver on this machine: the library will be installed and find no device here')
  removeWhenInterrupted(join(NATIVE_ROOT, `${kind}.partial`))
  await install(plan, tools, NATIVE_ROOT, tell)
  const after = await probeEngine(kind)
  if (after.loads)
    tell(`'${kind}' works: ${after.detail}, ${after.gemmGflops?.toFixed(0)} GFLOP/s; ${plan.keptMb} MB`)
  else if (kind === 'cuda') tell(`installed, but it does not run here: ${after.detail}`)
  else {
    rmSync(join(NATIVE_ROOT, kind), { recursive: true, force: true })
    throw new Error(`built, but it does not load: ${after.detail}; nothing was installed`)
  }
}

function readFlags(): { cuda?: boolean; remove?: boolean } {
  try {
    return parseArgs({ options: { cuda: { type: 'boolean' }, remove: { type: 'boolean' } } }).values
  } catch (error) {
    throw new InputError(`${(error as Error).message}; use ${usage}`)
  }
}

function removeWhenInterrupted(partial: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      rmSync(partial, { recursive: true, force: true })
      tell('interrupted; nothing was installed')
      process.exit(128 + constants.signals[signal])
    })
}

main().catch((error: unknown) => {
  tell(error instanceof Error ? error.message.split('\n')[0] : String(error))
  process.exitCode = error instanceof InputError ? 2 : 1
})
