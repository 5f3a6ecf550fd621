/**
 * @file WebGPU wherever it comes from: a browser's own, or Dawn in Node. Reads are asynchronous only on this engine: `read`,
 * never `dataSync`.
 */
import * as tf from '@tensorflow/tfjs-core'
import { useBackend } from './starting.ts'
import type { ActiveEngine } from './state.ts'

/** The part of WebGPU that is used here; tfjs-backend-webgpu uses the rest. */
export type AdapterInfo = {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  /** A driver without a GPU: SwiftShader, lavapipe, WARP. */
  readonly isFallbackAdapter: boolean
}
export type Adapter = { readonly info: AdapterInfo; requestDevice(descriptor?: object): Promise<unknown> }
export type Gpu = { requestAdapter(options?: object): Promise<Adapter | null> }

export type WebgpuSource = {
  readonly gpu: Gpu
  /** Why there is no adapter. */
  readonly none: string
  /** Whether a software adapter will do, and what allows it where it must not be taken unasked. */
  readonly software: { readonly allowed: boolean; readonly by: string }
}

/** Why the device is gone. One per process: the backend keeps the device it was made with. */
let lost: string | null = null

/**
 * Starts WebGPU on the fastest adapter. A software adapter (SwiftShader) computes right, hundreds of times slower
 * than wasm, so it is taken only where it is asked for.
 * @throws Error that names what is missing.
 */
export async function startWebgpu(source: WebgpuSource): Promise<ActiveEngine> {
  if (lost !== null) throw new Error(`${lost}; a process gets only one`)
  const { info } = await adapterOf(source)
  await import('@tensorflow/tfjs-backend-webgpu')
  await useBackend('webgpu')
  const { device } = tf.backend() as unknown as { device: Device }
  void rememberLoss(device)
  return {
    name: 'webgpu',
    label: 'webgpu',
    detail: describeAdapter(info),
    threads: null,
    kernels: null,
    lost: () => lost,
  }
}

/** @throws Error when there is none, or only a software one that nobody asked for. */
export async function adapterOf({ gpu, none, software }: WebgpuSource): Promise<Adapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error(none)
  if (adapter.info.isFallbackAdapter && !software.allowed)
    throw new Error(
      `the only adapter is a software one (${adapter.info.description}), good for tests alone: ${software.by} allows it`,
    )
  return adapter
}

type Device = { readonly lost: Promise<{ reason: string; message: string }> }

async function rememberLoss(device: Device): Promise<void> {
  const { reason, message } = await device.lost
  lost = `the GPU was lost (${reason}: ${message.split('\n')[0]})`
}

/** `nvidia hopper, NVIDIA H200 (NVIDIA: 570.86.15)`: the vendor, the device, and in brackets the driver. */
function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  const name = [vendor, architecture, device].filter((part) => part !== '').join(' ')
  return description === '' ? name : `${name} (${description})`
}
