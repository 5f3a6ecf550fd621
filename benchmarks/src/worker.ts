/**
 * @file The process of one engine: answers the driver's questions one at a time until its input ends.
 * Argument: what `auto` chooses from, or stock.
 */
import { createInterface } from 'node:readline'
import { activeEngine } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { candidateTable, type EngineCandidate } from '@trivium/schema'
import type { Answer, Hello, Question } from './protocol.ts'
import { canvas, decode, denoise, forward, gemm, tensorsLeft, token, train } from './tasks.ts'

async function hello(name: EngineCandidate | 'stock', threads: number): Promise<Hello> {
  if (name === 'stock') await startEngine('wasm', { kernels: 'off', threads })
  else await startEngine(candidateTable[name].engine, { blas: candidateTable[name].blas, threads })
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
    case 'token':
      return token(question)
    case 'denoise':
      return denoise(question)
    case 'canvas':
      return canvas(question)
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
    if (question.task === 'hello')
      return { ok: await hello(process.argv[2] as EngineCandidate | 'stock', question.threads) }
    const value = await measure(question)
    return value === null ? { unsupported: true } : { ok: { value } }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Question))}\n`)
