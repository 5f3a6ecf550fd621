/**
 * @file Keeping the figures: one JSON file, by a key of all that they depend on. Losing it costs a measurement, so nothing
 * here throws.
 */
import { statSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { readJsonIfWhole, sha256, writeAtomically } from '@trivium/files'
import { type Calibration, type CalibrationFile, calibrationFileSchema } from '@trivium/schema'
import { blasFiles } from './blas-files.ts'
import { ENGINE_CACHE, MANIFEST_FILE, NATIVE_ROOT, nativeState, packagePath } from './native-addon.ts'
import { dawnPath } from './webgpu.ts'

/** Raise it when the proxy or the kernels change what the figures mean. */
const proxyVersion = 1
/** Machines that share a folder, and settings of one machine; the longest unused go. */
const mostMachines = 16

export const CALIBRATION_FILE: string = join(ENGINE_CACHE, 'calibration.json')

/** All that the figures depend on beside the size. */
export function machineOf(): Record<string, unknown> {
  const dawn = dawnPath()
  const { TRIVIUM_BLAS, TRIVIUM_WEBGPU, VK_DRIVER_FILES, OPENBLAS_CORETYPE } = process.env
  return {
    proxy: proxyVersion,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    blas: blasFiles(),
    native: nativeKey('native', '@tensorflow/tfjs-node'),
    cuda: nativeKey('cuda', '@tensorflow/tfjs-node-gpu'),
    nvidia: stamp('/proc/driver/nvidia/version'),
    webgpu: dawn === null ? null : [dawn, stamp(dawn)],
    environment: { TRIVIUM_BLAS, TRIVIUM_WEBGPU, VK_DRIVER_FILES, OPENBLAS_CORETYPE },
  }
}

function nativeKey(kind: 'native' | 'cuda', packageName: string): unknown {
  const state = nativeState(kind)
  return [
    state.state,
    state.state === 'broken' ? state.reason : stamp(join(NATIVE_ROOT, kind, MANIFEST_FILE)),
    packagePath(packageName),
  ]
}

/** Size and time of a file; null where there is none. */
function stamp(path: string): string | null {
  try {
    const { size, mtimeMs } = statSync(path)
    // Files of /proc are made when they are read.
    return `${size} ${path.startsWith('/proc/') ? 0 : mtimeMs}`
  } catch {
    return null
  }
}

const hashOf = (machine: Record<string, unknown>): string => sha256(JSON.stringify(machine))

/** What was measured on this machine as it is now. */
export function keptSizes(file: string = CALIBRATION_FILE): Calibration[] {
  return readFile(file).machines[hashOf(machineOf())]?.sizes ?? []
}

/** Adds a size, in place of an older one. */
export function keepSize(calibration: Calibration, file: string = CALIBRATION_FILE): void {
  const { width, length, batch, threads } = calibration
  const other = (c: Calibration): boolean =>
    c.width !== width || c.length !== length || c.batch !== batch || c.threads !== threads
  change(file, (sizes) => [...sizes.filter(other), calibration])
}

/** Whether this machine as it is now was seen before. */
export const knowsMachine = (file: string = CALIBRATION_FILE): boolean =>
  Object.hasOwn(readFile(file).machines, hashOf(machineOf()))

export function rememberMachine(file: string = CALIBRATION_FILE): void {
  change(file, (sizes) => sizes)
}

/** Measured figures are not true any more: an engine that had some does not load. */
export function forgetMachine(file: string = CALIBRATION_FILE): void {
  change(file, () => [])
}

function change(file: string, sizes: (before: Calibration[]) => Calibration[]): void {
  const machine = machineOf()
  const hash = hashOf(machine)
  const { [hash]: mine, ...others } = readFile(file).machines
  const kept = Object.entries(others)
    .sort(([, a], [, b]) => b.usedAt.localeCompare(a.usedAt))
    .slice(0, mostMachines - 1)
  const entry = { machine, usedAt: new Date().toISOString(), sizes: sizes(mine?.sizes ?? []) }
  const content: CalibrationFile = {
    schemaVersion: 1,
    machines: { [hash]: entry, ...Object.fromEntries(kept) },
  }
  try {
    writeAtomically(file, `${JSON.stringify(content, null, 1)}\n`)
  } catch {
    // The next command measures again.
  }
}

const readFile = (file: string): CalibrationFile =>
  calibrationFileSchema.safeParse(readJsonIfWhole(file)).data ?? { schemaVersion: 1, machines: {} }
