/** @file The same cases in a worker. */
import { type CaseName, cases } from './cases.ts'

addEventListener('message', async ({ data }: MessageEvent<CaseName>) => {
  try {
    postMessage({ result: await cases[data]() })
  } catch (error) {
    postMessage({ failed: String(error) })
  }
})
