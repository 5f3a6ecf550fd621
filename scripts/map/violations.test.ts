/** @file The direction check must find what it forbids and leave the rest alone. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { writeTree } from '../testing.ts'
import { type Violation, violationsIn } from './violations.ts'

function violationsOf(files: Record<string, string>): Violation[] {
  const root = writeTree(files)
  return violationsIn(root)
}

it('holds in this repository', () => {
  expect(violationsIn(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
})

it.each([
  ['packages/masked-diffusion/src/a.ts', "import { x } from '@trivium/autoregressive'"],
  ['packages/autoregressive/src/a.test.ts', "import type { x } from '@trivium/continuous-diffusion'"],
  ['packages/report/src/a.ts', "export * from '@trivium/engine'"],
  ['packages/schema/src/a.ts', "import { x } from '@trivium/tokenizer'"],
  ['packages/training/src/a.ts', "const x = await import('@trivium/corpus/node')"],
  ['packages/transformer/src/a.ts', "import * as tf from '@tensorflow/tfjs-core'"],
  ['apps/lab/src/a.ts', "import '@tensorflow/tfjs'"],
  ['packages/evaluation/src/a.js', "const x = require('@tensorflow/tfjs-node')"],
  ['packages/corpus/src/a.ts', "import { x } from '../../engine/src/index.ts'"],
  ['packages/evaluation/src/a.ts', "import { x } from '@trivium/languages'"],
  ['packages/newcomer/src/a.ts', "import { x } from '@trivium/schema'"],
])('refuses %s: %s', (path, text) => {
  const found = violationsOf({ [path]: `/** @file x */\n${text}\n` })
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({ file: path, line: 2 })
})

it('reads an import that spans lines and names the line where it starts to matter', () => {
  const [found] = violationsOf({ 'packages/report/src/a.ts': "import {\n  x,\n} from '@trivium/engine'\n" })
  expect(found).toMatchObject({ line: 3, imported: '@trivium/engine' })
})

it('allows what the rules allow, comments included', () => {
  expect(
    violationsOf({
      'packages/engine/src/a.ts': "import * as tf from '@tensorflow/tfjs-core'\nimport { x } from './b.ts'",
      'packages/training/src/a.ts': "import { createRng } from '@trivium/random'",
      'packages/corpus/src/a.ts': "/** e.g.\n * import { x } from '@trivium/engine' */\nexport {}",
      'apps/lab/src/a.ts': "import { x } from '@trivium/experiments'",
      'packages/evaluation/src/a.test.ts': "import { x } from '@trivium/languages'",
      'packages/report/node_modules/x/a.js': "import '@trivium/engine'",
    }),
  ).toEqual([])
})
