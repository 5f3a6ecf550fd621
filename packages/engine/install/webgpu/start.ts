/** @file Stands in for `@trivium/engine/node` while tests of other packages run here: whatever they ask for, it is webgpu. */
import * as tf from '@tensorflow/tfjs-core'
import { startEngine as start } from '../../src/node/index.ts'
import type { ActiveEngine } from '../../src/state.ts'

export { stopEngine } from '../../src/node/index.ts'

export async function startEngine(): Promise<ActiveEngine> {
  const engine = await start('webgpu')
  // Small inputs would be computed by the cpu backend, and these tests have small inputs only.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  return engine
}
