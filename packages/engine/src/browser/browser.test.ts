/** What Node can tell; `pnpm check:browser` runs the rest in Chromium. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { startEngine } from './index.ts'

it("keeps TensorFlow.js' wasm file byte for byte (else copy it again)", () => {
  const backend = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  const name = 'tfjs-backend-wasm-simd.wasm'
  const kept = readFileSync(fileURLToPath(new URL(`../../wasm/${name}`, import.meta.url)))
  expect(kept.equals(readFileSync(join(backend, name)))).toBe(true)
})

it('refuses an engine that no browser has', async () => {
  await expect(startEngine('cuda' as 'wasm')).rejects.toThrow(
    "engine 'cuda' is unknown in a browser; use one of auto, wasm, webgpu",
  )
})
