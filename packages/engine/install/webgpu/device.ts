/**
 * @file The device the tests run on: a GPU where the driver offers one, else SwiftShader, the Vulkan driver in software
 * that Chromium ships. Each try is a process of its own, as the Vulkan loader reads its environment once.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { EngineProbe } from '../../src/node/index.ts'
import { webgpuFolder } from './install.ts'

export type WebgpuDevice = {
  kind: 'GPU' | 'software'
  /** Vendor, device and driver, as WebGPU tells them. */
  detail: string
  /** Measured rate of float32 matrix products of 512×512. */
  gemmGflops: number
  /** What a process needs in its environment to get this device. */
  env: NodeJS.ProcessEnv
}

/** Where distributions put Chromium and Chrome; TRIVIUM_SWIFTSHADER names another folder. */
const swiftshaderFolders = [
  '/usr/lib/chromium',
  '/usr/lib64/chromium-browser',
  '/usr/lib/chromium-browser',
  '/opt/google/chrome',
  '/opt/chromium.org/chromium',
  '/opt/microsoft/msedge',
]
const driverFile = 'vk_swiftshader_icd.json'
const loaderFile = 'libvulkan.so.1'

/** Tries a GPU, then SwiftShader; every reason why one does not serve is in `reasons`. */
export function findDevice(softwareOnly: boolean): { device: WebgpuDevice | null; reasons: string[] } {
  const reasons: string[] = []
  if (!softwareOnly) {
    const probe = probeWebgpu(process.env)
    if (probe.loads) return { device: deviceOf(probe, 'GPU', process.env), reasons }
    reasons.push(`GPU: ${probe.detail}`)
  }
  const folder = swiftshaderFolder()
  if (folder === null) {
    reasons.push(
      `SwiftShader: no ${driverFile} in ${process.env.TRIVIUM_SWIFTSHADER ?? swiftshaderFolders.join(', ')} (Debian: apt install chromium libvulkan1)`,
    )
    return { device: null, reasons }
  }
  const env = softwareEnvironment(folder)
  const probe = probeWebgpu(env)
  if (probe.loads) return { device: deviceOf(probe, 'software', env), reasons }
  reasons.push(`SwiftShader in ${folder}: ${probe.detail}`)
  return { device: null, reasons }
}

const deviceOf = (probe: EngineProbe, kind: WebgpuDevice['kind'], env: NodeJS.ProcessEnv): WebgpuDevice => ({
  kind,
  detail: probe.detail,
  gemmGflops: probe.gemmGflops ?? Number.NaN,
  env,
})

function swiftshaderFolder(): string | null {
  const wanted = process.env.TRIVIUM_SWIFTSHADER
  const folders = wanted === undefined ? swiftshaderFolders : [wanted]
  return folders.find((folder) => existsSync(join(folder, driverFile))) ?? null
}

/** Chromium ships the Vulkan loader too. Only that one file is offered, behind the system's own. */
function softwareEnvironment(folder: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    VK_DRIVER_FILES: join(folder, driverFile),
    // The name of the same variable before loader 1.3.207.
    VK_ICD_FILENAMES: join(folder, driverFile),
    TRIVIUM_WEBGPU: 'software',
  }
  if (!existsSync(join(folder, loaderFile)) || loads(loaderFile)) return env
  const own = join(webgpuFolder, 'lib')
  mkdirSync(own, { recursive: true })
  rmSync(join(own, loaderFile), { force: true })
  symlinkSync(join(folder, loaderFile), join(own, loaderFile))
  env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, own].filter(Boolean).join(delimiter)
  return env
}

function loads(library: string): boolean {
  try {
    createRequire(import.meta.url)('koffi').load(library)
    return true
  } catch {
    return false
  }
}

/** The probe of `trivium doctor`, with its reason instead of a failure. */
function probeWebgpu(env: NodeJS.ProcessEnv): EngineProbe {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const child = fileURLToPath(new URL('../../src/node/probe-child.ts', import.meta.url))
  const argv = ['--conditions=@trivium/source', '--import', tsx, child, 'webgpu']
  try {
    const stdout = execFileSync(process.execPath, argv, {
      env,
      timeout: 120_000,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as EngineProbe
  } catch (error) {
    const { signal, message } = error as { signal?: string | null; message: string }
    const cause = typeof signal === 'string' ? `ended by ${signal}` : message.split('\n')[0]
    return { name: 'webgpu', loads: false, detail: `its probe gave no answer: ${cause}` }
  }
}
