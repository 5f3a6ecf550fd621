/**
 * @file The process of one engine: answers the driver's questions one at a time until its input ends.
 * Argument: an engine's name, wasm+blas or stock.
 */
import { createInterface } from 'node:readline'
import { activeEngine } from '@trivium/engine'
import { type EngineOptions, startEngine } from '@trivium/engine/node'
import type { EngineName } from '@trivium/schema'
import type { Answer, Hello, Question } from './protocol.ts'
import { decode, denoise, forward, gemm, tensorsLeft, train } from './tasks.ts'

const wasmOptions: Readonly<Record<string, EngineOptions>> = {
  'wasm+blas': { blas: 'needed' },
  wasm: { blas: 'off' },
  stock: { kernels: 'off' },
}

async function hello(name: string, threads: number): Promise<Hello> {
  if (name in wasmOptions) await startEngine('wasm', { ...wasmOptions[name], threads })
  else await startEngine(name as EngineName, { threads })
  const { label, detail = label, threads: taken } = activeEngine()
  return { label, detail, threads: taken }
}

async function measure(question: Question): Promise<number | null> {
  switch (question.task) {
    case 'gemm':
      return gemm(question)
    case 'train':
      return train(question)
    case 'forward':
      return forward(question)
    case 'decode':
      return decode(question)
    case 'denoise':
      return denoise(question)
    case 'memory':
      return process.resourceUsage().maxRSS / 1024
    case 'tensors':
      return tensorsLeft()
    default:
      return null
  }
}

async function answer(question: Question): Promise<Answer> {
  try {
    if (question.task === 'hello') return { ok: await hello(process.argv[2], question.threads) }
    const value = await measure(question)
    return value === null ? { unsupported: true } : { ok: { value } }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Question))}\n`)
