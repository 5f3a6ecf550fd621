/** A process of its own: it destroys its device, and a process gets only one. */
import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { matMul2d, read, readScalar, tensor } from '../../src/index.ts'
import { startEngine as startAny } from '../../src/node/index.ts'
import { startEngine } from './start.ts'

it('tells the loss of the device at the next read, and does not start again in this process', async () => {
  await startEngine()
  const x = tensor([1, 2, 3, 4], [2, 2])
  expect([...(await read(matMul2d(x, x)))]).toEqual([7, 10, 15, 22])
  const { device } = tf.backend() as unknown as { device: { destroy(): void; lost: Promise<unknown> } }
  device.destroy()
  await device.lost
  for (const again of [read, readScalar])
    await expect(again(matMul2d(x, x))).rejects.toMatchObject({
      name: 'RuntimeFailure',
      message: expect.stringMatching(
        /^webgpu: the GPU was lost \(.+\); start again from the last checkpoint, or on the wasm engine$/,
      ),
    })
  await expect(startAny('webgpu')).rejects.toThrow(/does not load: the GPU was lost/)
})
