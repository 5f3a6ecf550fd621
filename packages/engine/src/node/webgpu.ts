/**
 * @file WebGPU in Node: Dawn (npm `webgpu`) under tfjs-backend-webgpu. Both are optional: `pnpm engine:webgpu` puts them
 * into `.cache/webgpu`, outside the workspace, as they weigh 160 MB and need a graphics driver. Reads are asynchronous
 * only on this engine: `read`, never `dataSync`.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import type { ActiveEngine } from '../state.ts'

/** The part of WebGPU that is used here; tfjs-backend-webgpu uses the rest. */
type AdapterInfo = {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  /** A driver without a GPU: SwiftShader, lavapipe, WARP. */
  readonly isFallbackAdapter: boolean
}
type Device = { readonly lost: Promise<{ reason: string; message: string }> }
type DeviceDescriptor = { requiredFeatures?: Iterable<string | string[]> }
type Adapter = { readonly info: AdapterInfo; requestDevice(descriptor?: DeviceDescriptor): Promise<Device> }
type Gpu = { requestAdapter(options?: object): Promise<Adapter | null> }
type Dawn = { create(flags: string[]): Gpu; globals: Record<string, unknown> }

const dawnPackage = 'webgpu'
const backendPackage = '@tensorflow/tfjs-backend-webgpu'

/** Where `pnpm engine:webgpu` installs; the same from src/node and from dist/node. */
export const WEBGPU_FOLDER: string =
  process.env.TRIVIUM_ENGINE_CACHE === undefined
    ? fileURLToPath(new URL('../../../../.cache/webgpu', import.meta.url))
    : join(process.env.TRIVIUM_ENGINE_CACHE, 'webgpu')

/** One per process: the backend keeps the device it was made with. */
let gpu: Gpu | null = null
/** Why its device is gone. */
let lost: string | null = null

/**
 * Starts WebGPU on the fastest adapter. A software adapter (SwiftShader) computes right, hundreds of times slower
 * than wasm, so it is taken only where TRIVIUM_WEBGPU=software asks for it.
 * @throws Error that names the missing package, the missing Vulkan loader, or the missing adapter.
 */
export async function loadWebgpu(): Promise<ActiveEngine> {
  if (lost !== null) throw new Error(`${lost}; a process gets only one`)
  const [dawnPath, backendPath] = [resolvePackage(dawnPackage), resolvePackage(backendPackage)]
  if (gpu === null) {
    requireVulkanLoader()
    gpu = await openDawn(dawnPath)
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error(`Dawn found no GPU adapter: ${driverAdvice()}`)
  const { info } = adapter
  if (info.isFallbackAdapter && process.env.TRIVIUM_WEBGPU !== 'software')
    throw new Error(
      `the only adapter is a software one (${info.description}), good for tests alone: TRIVIUM_WEBGPU=software allows it`,
    )
  await import(backendPath)
  if (typeof tf.findBackendFactory('webgpu') !== 'function')
    throw new Error(`${backendPackage} did not register: it loaded another copy of @tensorflow/tfjs-core`)
  if (!(await tf.setBackend('webgpu')))
    throw new Error(`TensorFlow.js could not initialise its 'webgpu' backend on ${describeAdapter(info)}`)
  await tf.ready()
  return {
    name: 'webgpu',
    label: 'webgpu',
    detail: describeAdapter(info),
    threads: null,
    kernels: null,
    lost: () => lost,
  }
}

/** Both packages where they are installed, null where one is missing. */
export function webgpuPackages(): string[] | null {
  try {
    return [dawnPackage, backendPackage].map((name) => fileURLToPath(resolvePackage(name)))
  } catch {
    return null
  }
}

/** The package of an ordinary installation, else the private one. A URL, as absolute paths of Windows cannot be imported. */
function resolvePackage(name: string): string {
  for (const from of [import.meta.url, join(WEBGPU_FOLDER, 'package.json')]) {
    try {
      return pathToFileURL(createRequire(from).resolve(name)).href
    } catch {
      // Not there; the next place.
    }
  }
  throw new Error(`the optional package ${name} is not installed`)
}

async function openDawn(path: string): Promise<Gpu> {
  let dawn: Dawn
  try {
    dawn = (await import(path)) as Dawn
  } catch (error) {
    const line = String((error as Error).message).split('\n')[0]
    throw new Error(`${dawnPackage} has no Dawn that loads on ${process.platform}-${process.arch}: ${line}`, {
      cause: error,
    })
  }
  const opened = watched(dawn.create([]))
  // The backend looks for these when it is imported and when it starts. Node 20 has no navigator, later ones have.
  Object.assign(globalThis, dawn.globals)
  const navigator: object = Reflect.get(globalThis, 'navigator') ?? { userAgent: 'node' }
  Object.defineProperty(navigator, 'gpu', { value: opened, configurable: true })
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  return opened
}

/**
 * Dawn's entry with two changes: tfjs-backend-webgpu 4.22 asks for one feature in a list inside the list, and the loss
 * of the GPU is remembered, so that the next read can tell it.
 */
function watched(entry: Gpu): Gpu {
  return {
    async requestAdapter(options) {
      const adapter = await entry.requestAdapter(options)
      if (adapter === null) return null
      const requestDevice = adapter.requestDevice.bind(adapter)
      adapter.requestDevice = async (descriptor = {}) => {
        const requiredFeatures = [...(descriptor.requiredFeatures ?? [])].flat()
        const device = await requestDevice({ ...descriptor, requiredFeatures })
        void rememberLoss(device)
        return device
      }
      return adapter
    },
  }
}

async function rememberLoss(device: Device): Promise<void> {
  const { reason, message } = await device.lost
  lost = `the GPU was lost (${reason}: ${message.split('\n')[0]})`
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

/** `nvidia hopper, NVIDIA H200 (NVIDIA: 570.86.15)`: the vendor, the device, and in brackets the driver. */
function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  return `${[vendor, architecture, device].filter((part) => part !== '').join(' ')} (${description})`
}
