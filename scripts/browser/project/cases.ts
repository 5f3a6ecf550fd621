/** @file What is tried in a browser, by name. Each runs in a page or worker of its own: an engine is global there. */
import { activeEngine, tensor } from '@trivium/engine'
import { type BrowserOptions, startEngine, stopEngine } from '@trivium/engine/browser'
import { type Trained, trainAndSample } from './train.ts'

const failure = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run()
    return 'nothing was thrown'
  } catch (error) {
    return String(error)
  }
}

/** A model so small that SwiftShader, which is slow, measures it soon. */
const small: BrowserOptions = { softwareGpu: true, workload: { width: 32, length: 32, batch: 1 } }

export const cases = {
  async wasm(): Promise<Trained> {
    await startEngine('wasm')
    return trainAndSample(30)
  },
  /** `auto` where there is no GPU. */
  async auto(): Promise<unknown> {
    const { label, choice } = await startEngine()
    return { label, choice }
  },
  /** One line each, and a good start after the bad ones. */
  async errors(): Promise<unknown> {
    const lines = {
      missing: await failure(() => startEngine('wasm', { wasmUrl: '/nowhere.wasm' })),
      page: await failure(() => startEngine('wasm', { wasmUrl: '/index.html' })),
      unknown: await failure(() => startEngine('cuda' as 'wasm')),
      noGpu: await failure(() => startEngine('webgpu')),
    }
    const { label } = await startEngine('wasm')
    const x = tensor([1], [1])
    const second = await failure(() => startEngine('webgpu'))
    stopEngine()
    const stopped = await failure(async () => activeEngine())
    return { ...lines, label, alive: x.size, second, stopped }
  },
  /** On a software adapter, which has to be asked for. */
  async webgpu(): Promise<unknown> {
    const refused = await failure(() => startEngine('webgpu'))
    await startEngine('webgpu', small)
    return { refused, ...(await trainAndSample(3)) }
  },
  async measured(): Promise<unknown> {
    const { label, choice } = await startEngine('auto', small)
    return { label, choice, ...(await trainAndSample(3)) }
  },
} as const

export type CaseName = keyof typeof cases
