/** @file The suites that must hold on WebGPU: ops and gradients, the backbone, training. One process: there is one device. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@trivium/source', 'module', 'node']

export default defineConfig({
  root: fileURLToPath(new URL('../../../..', import.meta.url)),
  resolve: {
    conditions,
    alias: { '@trivium/engine/node': fileURLToPath(new URL('start.ts', import.meta.url)) },
  },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/engine/install/webgpu/**/*.test.ts',
      'packages/transformer/src/transformer.test.ts',
      'packages/training/src/loop.test.ts',
    ],
    // The backbone's suite is written for two engines by name; here both would be webgpu.
    testNamePattern: /^(?!backbone on cpu)/,
    pool: 'forks',
    maxWorkers: 1,
    reporters: ['verbose'],
    // SwiftShader compiles each shader on first use and computes slowly, all the more on a busy machine.
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})
