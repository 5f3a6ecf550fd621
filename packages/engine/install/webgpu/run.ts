/**
 * @file `pnpm engine:webgpu`: installs WebGPU for Node, finds a GPU or SwiftShader, and runs the engine's tests on it.
 * Exit codes: 0 passed, 1 no installation, no device or a failed test, 2 wrong use.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findDevice } from './device.ts'
import { installWebgpu, removeWebgpu, webgpuFolder } from './install.ts'

const usage = `pnpm engine:webgpu [--software] [--no-test] [--remove]
  --software  SwiftShader even where there is a GPU
  --no-test   installs and names the device
  --remove    deletes ${webgpuFolder}`

const print = (line: string): boolean => process.stdout.write(`${line}\n`)
const complain = (line: string): boolean => process.stderr.write(`${line}\n`)

function main(): number {
  const options = {
    software: { type: 'boolean' },
    'no-test': { type: 'boolean' },
    remove: { type: 'boolean' },
  } as const
  let flags: { software?: boolean; 'no-test'?: boolean; remove?: boolean }
  try {
    flags = parseArgs({ options }).values
  } catch (error) {
    complain(`${(error as Error).message}\n${usage}`)
    return 2
  }
  if (flags.remove === true) {
    removeWebgpu()
    print(`removed ${webgpuFolder}`)
    return 0
  }
  try {
    installWebgpu()
  } catch (error) {
    complain((error as Error).message)
    return 1
  }
  const { device, reasons } = findDevice(flags.software === true)
  for (const reason of reasons) print(`not on ${reason}`)
  if (device === null) {
    complain('webgpu: no device to run on; docs/webgpu.md says what is needed')
    return 1
  }
  print(
    `webgpu on ${device.kind}: ${device.detail}; ${device.gemmGflops.toPrecision(3)} GFLOP/s in 512×512 products`,
  )
  return flags['no-test'] === true ? 0 : test(device.env)
}

function test(env: NodeJS.ProcessEnv): number {
  const here = dirname(fileURLToPath(import.meta.url))
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const argv = [vitest, 'run', '--config', join(here, 'vitest.config.ts')]
  const { status } = spawnSync(process.execPath, argv, {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: join(here, '../../../..'),
  })
  return status ?? 1
}

process.exitCode = main()
