/** @file What each case must give in the browser, and what is wrong where it does not. */
import type { CaseName } from './project/cases.ts'
import type { Trained } from './project/train.ts'

export type Trial = {
  readonly name: CaseName
  readonly where: 'page' | 'worker'
  /** With SwiftShader as a GPU. */
  readonly gpu?: boolean
  /** With the headers that give a page shared memory. */
  readonly isolated?: boolean
}

/** What a page sends: the case's result, or how it failed. */
export type Report = {
  readonly result?: Record<string, unknown>
  readonly failed?: string
  readonly isolated: boolean
}

/** The same trainings on the wasm engine of this Node. */
export type Expected = { readonly thirty: Trained; readonly three: Trained }

export const trials: readonly Trial[] = [
  { name: 'wasm', where: 'page' },
  { name: 'wasm', where: 'worker' },
  { name: 'wasm', where: 'page', isolated: true },
  { name: 'auto', where: 'page' },
  { name: 'errors', where: 'page' },
  { name: 'webgpu', where: 'page', gpu: true },
  { name: 'webgpu', where: 'worker', gpu: true },
  { name: 'measured', where: 'page', gpu: true },
]

/** What is wrong with a report, one line each. */
export function faultsOf({ name, isolated = false }: Trial, report: Report, expected: Expected): string[] {
  if (report.result === undefined) return [`failed: ${report.failed}`]
  const { result } = report
  const faults = isolated && !report.isolated ? ['the page is not isolated'] : []
  switch (name) {
    case 'wasm':
      return [...faults, ...wasmFaults(result as Trained, expected.thirty)]
    case 'auto':
      return shown(result, { label: /^wasm$/, choice: /"how":"only"/ })
    case 'errors':
      return shown(result, errorLines)
    case 'webgpu':
      return [
        ...shown(result, {
          engine: /^webgpu$/,
          refused: /only adapter is a software one.*softwareGpu: true/,
        }),
        ...lossFaults(result as Trained, expected.three, 0.01),
      ]
    case 'measured':
      return [
        ...shown(result, { label: /^(?:wasm|webgpu)$/, choice: /"how":"measured".*"webgpu".*"wasm"/ }),
        ...lossFaults(result as Trained, expected.three, 0.01),
      ]
    default:
      return name satisfies never
  }
}

const errorLines = {
  missing:
    /^InputError: engine 'wasm' does not load: .*nowhere\.wasm answers with status 404; let wasmUrl name/,
  page: /does not load: .* is no WebAssembly/,
  unknown: /^InputError: engine 'cuda' is unknown in a browser; use one of auto, wasm, webgpu$/,
  noGpu: /^InputError: engine 'webgpu' does not load: .*(?:no WebGPU|no GPU adapter).*; take wasm$/,
  label: /^wasm$/,
  second: /^InputError: engine 'webgpu' cannot start: 'wasm' runs in this process and has 1 tensors/,
  stopped: /no engine is running.*@trivium\/engine\/browser/,
}

function shown(result: Record<string, unknown>, wanted: Readonly<Record<string, RegExp>>): string[] {
  return Object.entries(wanted).flatMap(([key, pattern]) => {
    const value = result[key]
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return pattern.test(text) ? [] : [`${key} is ${text}; wanted ${pattern}`]
  })
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length

function wasmFaults(trained: Trained, expected: Trained): string[] {
  const { engine, ownKernels, losses, text } = trained
  const faults = lossFaults(trained, expected, 1e-3)
  if (engine !== 'wasm' || !ownKernels) faults.push(`ran on ${engine}, own kernels ${ownKernels}`)
  const [first, last] = [mean(losses.slice(0, 5)), mean(losses.slice(-5))]
  if (!(last < 0.9 * first)) faults.push(`it learned nothing: ${first.toFixed(2)} → ${last.toFixed(2)} nats`)
  if (text !== expected.text) faults.push(`it wrote '${text}'; Node wrote '${expected.text}'`)
  return faults
}

function lossFaults({ losses }: Trained, expected: Trained, tolerance: number): string[] {
  if (losses.length !== expected.losses.length) return [`${losses.length} steps`]
  const worst = Math.max(...losses.map((loss, i) => Math.abs(loss - expected.losses[i])))
  return worst <= tolerance ? [] : [`losses are off from Node's by up to ${worst}`]
}
