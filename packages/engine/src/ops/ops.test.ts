import type { EngineName } from '@trivium/schema'
import { startEngine, stopEngine } from '../node/index.ts'
import { describeOps } from './op-suite.ts'

/** Every engine that loads here runs the same suite. */
const engines: { name: EngineName; blas?: 'auto' | 'off'; title: string }[] = [
  { name: 'cpu', title: 'cpu' },
  { name: 'wasm', blas: 'off', title: 'wasm' },
]
for (const extra of [
  { name: 'wasm', blas: 'auto', title: 'wasm + BLAS' },
  { name: 'native', title: 'native' },
] as const) {
  const loads = await startEngine(extra.name, { blas: 'blas' in extra ? extra.blas : undefined }).then(
    (engine) => extra.title !== 'wasm + BLAS' || engine.label !== 'wasm',
    () => false,
  )
  if (loads) engines.push(extra)
}

for (const { name, blas, title } of engines)
  describeOps(title, () => {
    stopEngine()
    return startEngine(name, { blas })
  })
