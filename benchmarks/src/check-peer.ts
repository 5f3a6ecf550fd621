/**
 * @file Checks that the PyTorch peers compute the same function: the same random weights and tokens give the same logits,
 * causal, bidirectional and with a cache. Exit code 1 when they differ by more than 1e-4. Argument: tiny (default) or base.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dispose, encodeSafetensors, flattenParams, type HostTensor, read } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { RuntimeFailure } from '@trivium/schema'
import { type Method, startMethods } from './methods.ts'
import { initNetwork, networkLogits, shapeOf } from './network.ts'
import { peerNames } from './plan.ts'
import type { Attention } from './protocol.ts'

const [batch, length, tolerance] = [2, 48, 1e-4]
const shape = shapeOf(process.argv[2] === 'base' ? 'base' : 'tiny')
await startEngine('wasm', { blas: 'off' })
const params = initNetwork(shape)
const host: Record<string, HostTensor> = {}
for (const [path, x] of flattenParams(params)) host[path] = { shape: x.shape, values: await read(x) }
const directory = mkdtempSync(join(tmpdir(), 'peer-'))
const weights = join(directory, 'model.safetensors')
writeFileSync(weights, encodeSafetensors(host))
const tokens = Int32Array.from({ length: batch * length }, (_, i) => (i * i + 3 * i) % shape.vocabulary)
async function theirLogits({ child }: Method, attention: Attention | 'cached'): Promise<number[]> {
  const answer = await child.ask({
    task: 'logits',
    backbone: shape,
    weights,
    tokens: [...tokens],
    attention,
    batch,
    length,
  })
  if ('ok' in answer) return (answer.ok as { values: number[] }).values
  throw new RuntimeFailure(`the peer failed: ${JSON.stringify(answer)}`)
}

async function ourLogits(attention: Attention): Promise<Float32Array> {
  const logits = networkLogits(params, shape, tokens, { batch, length, attention })
  const values = await read(logits)
  dispose(logits)
  return values
}

const peers = await startMethods({ names: peerNames, explicit: false }, console.error)
try {
  for (const attention of ['causal', 'bidirectional', 'cached'] as const) {
    const ours = await ourLogits(attention === 'cached' ? 'causal' : attention)
    const size = ours.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    for (const peer of peers) {
      const theirs = await theirLogits(peer, attention)
      if (theirs.length !== ours.length)
        throw new RuntimeFailure(`${peer.name} gave ${theirs.length} logits of ${ours.length}`)
      const difference = theirs.reduce((most, x, i) => Math.max(most, Math.abs(x - ours[i])), 0)
      console.log(
        `${peer.name}, ${attention}: largest difference ${difference.toExponential(2)} of logits up to ${size.toFixed(2)}`,
      )
      if (!(difference <= tolerance)) process.exitCode = 1
    }
  }
} finally {
  for (const { child } of peers) child.end()
  rmSync(directory, { recursive: true })
}
