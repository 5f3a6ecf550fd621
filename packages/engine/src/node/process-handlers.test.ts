/** @file How a program ends that fails after the wasm engine has started. */
import { expect, it } from 'vitest'
import { runScript } from './testing.ts'

it.each(["throw new Error('mine')", "Promise.reject(new Error('mine'))"])(
  '%s ends with 1 and its own line',
  async (failure) => {
    const { code, err } = await runScript(`await engine.startEngine('wasm', { blas: 'off' })\n${failure}`, {})
    expect(err).toContain('Error: mine')
    expect(err).not.toContain('tfjs-backend-wasm')
    expect(code).toBe(1)
  },
)
