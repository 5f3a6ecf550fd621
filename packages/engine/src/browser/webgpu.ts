/** @file The browser's own WebGPU. */

import type { ActiveEngine } from '../state.ts'
import { adapterOf, type Gpu, startWebgpu, type WebgpuSource } from '../webgpu.ts'

/** @throws Error where there is no WebGPU. */
function source(software: boolean): WebgpuSource {
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } }
  const gpu = navigator?.gpu
  if (gpu === undefined)
    throw new Error('this browser offers no WebGPU to this page (it needs https, or localhost)')
  return {
    gpu,
    none: 'this browser finds no GPU adapter',
    software: { allowed: software, by: 'softwareGpu: true' },
  }
}

/** @throws Error that names what is missing. */
export const loadWebgpu = async (software: boolean): Promise<ActiveEngine> => startWebgpu(source(software))

/** Whether it is worth a measurement: there is an adapter that may be used. */
export async function hasWebgpu(software: boolean): Promise<boolean> {
  try {
    await adapterOf(source(software))
    return true
  } catch {
    return false
  }
}
