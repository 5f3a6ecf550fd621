/**
 * @file The process of one engine: answers the driver's questions one at a time until its input ends.
 * Argument: wasm+blas, wasm or stock.
 */
import { createInterface } from 'node:readline'
import { activeEngine } from '@trivium/engine'
import { type EngineOptions, startEngine } from '@trivium/engine/node'
import { InputError } from '@trivium/schema'
import type { Answer, Hello, Question } from './protocol.ts'
import { decode, denoise, forward, gemm, tensorsLeft, train } from './tasks.ts'

const options: Readonly<Record<string, EngineOptions>> = {
  'wasm+blas': { blas: 'auto' },
  wasm: { blas: 'off' },
  stock: { kernels: 'off' },
}

async function hello(name: string): Promise<Hello> {
  await startEngine('wasm', options[name])
  const { label, detail = label, threads } = activeEngine()
  if (name === 'wasm+blas' && label === 'wasm') throw new InputError(detail)
  return { label, detail, threads }
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
    if (question.task === 'hello') return { ok: await hello(process.argv[2]) }
    const value = await measure(question)
    return value === null ? { unsupported: true } : { ok: { value } }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Question))}\n`)
