/** @file One test run over the whole workspace, straight from source (no build needed). */
import { defineConfig } from 'vitest/config'

const report = process.env.TRIVIUM_TEST_REPORT

export default defineConfig({
  resolve: { conditions: ['@trivium/source', 'module', 'node'] },
  ssr: { resolve: { conditions: ['@trivium/source', 'module', 'node'] } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'packages/engine/install/native/*.test.ts',
      'apps/*/{src,test}/**/*.test.ts',
      'benchmarks/src/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    // .ci/run reads the counts from a file.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
