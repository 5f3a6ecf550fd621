/**
 * @file WebGPU in Node: Dawn (npm `webgpu`). It is optional: `pnpm engine:webgpu` puts it into `.cache/webgpu`, outside the
 * workspace, as it weighs 130 MB and needs a graphics driver.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ActiveEngine } from '../state.ts'
import { type Gpu, startWebgpu } from '../webgpu.ts'

type Dawn = { create(flags: string[]): Gpu; globals: Record<string, unknown> }
type DeviceDescriptor = { requiredFeatures?: Iterable<string | string[]> }

const dawnPackage = 'webgpu'

/** Where `pnpm engine:webgpu` installs; the same from src/node and from dist/node. */
export const WEBGPU_FOLDER: string =
  process.env.TRIVIUM_ENGINE_CACHE === undefined
    ? fileURLToPath(new URL('../../../../.cache/webgpu', import.meta.url))
    : join(process.env.TRIVIUM_ENGINE_CACHE, 'webgpu')

let gpu: Gpu | null = null

/** @throws Error that names the missing package, the missing Vulkan loader, or the missing adapter. */
export async function loadWebgpu(): Promise<ActiveEngine> {
  const path = dawnPath()
  if (path === null) throw new Error(`the optional package ${dawnPackage} is not installed`)
  if (gpu === null) {
    requireVulkanLoader()
    gpu = await openDawn(path)
  }
  return startWebgpu({
    gpu,
    none: `Dawn found no GPU adapter: ${driverAdvice()}`,
    software: { allowed: process.env.TRIVIUM_WEBGPU === 'software', by: 'TRIVIUM_WEBGPU=software' },
  })
}

/** Dawn of an ordinary installation, else the private one; null where there is none. */
export function dawnPath(): string | null {
  for (const from of [import.meta.url, join(WEBGPU_FOLDER, 'package.json')]) {
    try {
      return createRequire(from).resolve(dawnPackage)
    } catch {
      // Not there; the next place.
    }
  }
  return null
}

async function openDawn(path: string): Promise<Gpu> {
  let dawn: Dawn
  try {
    // A URL, as absolute paths of Windows cannot be imported.
    dawn = (await import(pathToFileURL(path).href)) as Dawn
  } catch (error) {
    const line = String((error as Error).message).split('\n')[0]
    throw new Error(`${dawnPackage} has no Dawn that loads on ${process.platform}-${process.arch}: ${line}`, {
      cause: error,
    })
  }
  const opened = flattening(dawn.create([]))
  // The backend looks for these when it is imported and when it starts. Node 20 has no navigator, later ones have.
  Object.assign(globalThis, dawn.globals)
  const navigator: object = Reflect.get(globalThis, 'navigator') ?? { userAgent: 'node' }
  Object.defineProperty(navigator, 'gpu', { value: opened, configurable: true })
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  return opened
}

/** tfjs-backend-webgpu 4.22 asks for one feature in a list inside the list: a browser takes that, Dawn does not. */
function flattening(entry: Gpu): Gpu {
  return {
    async requestAdapter(options) {
      const adapter = await entry.requestAdapter(options)
      if (adapter === null) return null
      const requestDevice = adapter.requestDevice.bind(adapter)
      adapter.requestDevice = ({ requiredFeatures = [], ...rest }: DeviceDescriptor = {}) =>
        requestDevice({ ...rest, requiredFeatures: [...requiredFeatures].flat() })
      return adapter
    },
  }
}

/** Dawn itself only prints a warning and finds no adapter. */
function requireVulkanLoader(): void {
  if (process.platform !== 'linux') return
  let koffi: { load(path: string): unknown }
  try {
    koffi = createRequire(import.meta.url)('koffi') as typeof koffi
  } catch {
    return
  }
  try {
    koffi.load('libvulkan.so.1')
  } catch {
    throw new Error('the Vulkan loader libvulkan.so.1 is missing (Debian and Ubuntu: apt install libvulkan1)')
  }
}

function driverAdvice(): string {
  if (process.platform === 'darwin') return 'macOS offers no Metal device'
  if (process.platform === 'win32') return 'Windows offers no D3D12 device'
  const files = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES
  return files === undefined
    ? 'the Vulkan loader knows no driver that offers a device'
    : `the Vulkan driver that VK_DRIVER_FILES names (${files}) offers no device`
}
