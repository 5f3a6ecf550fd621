/** @file Runs the case that the address names, here or in a worker, and sends what came of it to where the address says. */
import { type CaseName, cases } from './cases.ts'

const { searchParams } = new URL(location.href)
const name = searchParams.get('case') as CaseName

function inWorker(): Promise<object> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  return new Promise((resolve) => {
    worker.addEventListener('message', ({ data }) => resolve(data))
    worker.addEventListener('error', ({ message }) => resolve({ failed: message }))
    worker.postMessage(name)
  })
}

async function here(): Promise<object> {
  try {
    return { result: await cases[name]() }
  } catch (error) {
    return { failed: String(error) }
  }
}

const outcome = await (searchParams.get('in') === 'worker' ? inWorker() : here())
const body = JSON.stringify({ ...outcome, isolated: crossOriginIsolated })
await fetch(searchParams.get('report') as string, { method: 'POST', mode: 'no-cors', body })
